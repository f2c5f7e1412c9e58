from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class EmailOrUsernameBackend(ModelBackend):
    """Passwords by e-mail address or user name, whatever the case.

    An e-mail match wins over a user name that looks like somebody's address. Every call costs one
    query and one hash, so the answer's time does not tell whether the account exists.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        *,
        allow_inactive: bool = False,
        **kwargs: Any,
    ) -> User | None:
        """The user, or None. Only a caller that checks `is_active` itself may pass `allow_inactive`."""
        login = username or kwargs.get(User.EMAIL_FIELD)
        if login is None or password is None:
            return None
        user = _find(str(login).strip())
        if user is None:
            User().set_password(password)
            return None
        if not user.check_password(password):
            return None
        return user if allow_inactive or self.user_can_authenticate(user) else None


def _find(login: str) -> User | None:
    # No database text holds NUL; PostgreSQL refuses it even in a comparison.
    matches = list(User.objects.by_login(login.replace("\0", "\ufffd")))
    matches.sort(key=lambda user: user.email.casefold() != login.casefold())
    return matches[0] if matches else None

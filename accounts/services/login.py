"""Logging in by password over the API, with the same lock-out as the back office."""

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from accounts.lockout import seconds_locked
from accounts.models import User
from accounts.services.tokens import issue_user_token


class LoginRefused(Exception):
    """Wrong password or unknown user: which of them is not told."""


class LockedOut(Exception):
    """Too many failures for this log-in from this address, whether it exists or not."""

    def __init__(self, wait: int) -> None:
        super().__init__("locked out")
        self.wait = wait


class InactiveUser(Exception):
    """The password was right, the user has been deactivated."""


def check_password(request: HttpRequest, *, login: str, password: str) -> User:
    """The user with this e-mail address or user name and password.

    Raises LockedOut, LoginRefused, and, after the right password only, InactiveUser.
    """
    user = authenticate(request, username=login, password=password, allow_inactive=True)
    if user is None:
        if getattr(request, "axes_locked_out", False):
            raise LockedOut(seconds_locked(request, login))
        raise LoginRefused
    if not user.is_active:
        raise InactiveUser
    return user


def log_in(request: HttpRequest, *, login: str, password: str) -> tuple[User, str]:
    """The user and a new bearer token; raises as `check_password` does."""
    user = check_password(request, login=login, password=password)
    user_logged_in.send(sender=User, request=request, user=user)
    return user, issue_user_token(user)

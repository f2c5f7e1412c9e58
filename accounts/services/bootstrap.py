"""The first administrator, so that a new installation can be logged in to."""

import secrets
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.choices import Role
from accounts.models import User
from accounts.services.tokens import revoke_all_tokens
from accounts.services.users import activate_user, set_role

DEFAULT_NAME = "admin"
# Valid as an address and never deliverable.
NO_MAIL_DOMAIN = "localhost.localdomain"


class GeneratedLogin(NamedTuple):
    """What the caller shows once; the password is kept nowhere in clear."""

    username: str
    password: str


def ensure_first_superuser() -> GeneratedLogin | None:
    """Creates or updates the administrator whom the settings name, or `admin` when there is none at all.

    Returns the log-in when a password was generated. Safe to call on each start and from several
    processes.
    """
    if settings.FIRST_SUPERUSER or settings.FIRST_SUPERUSER_PASSWORD:
        return _named(settings.FIRST_SUPERUSER or DEFAULT_NAME, settings.FIRST_SUPERUSER_PASSWORD)
    if User.objects.active_administrators().exists():
        return None
    return _create(_free_name(DEFAULT_NAME), "")


def _named(login: str, password: str) -> GeneratedLogin | None:
    user = User.objects.by_login(login).order_by("pk").first()
    if user is None:
        return _create(login, password)
    _restore(user, password)
    return None


@transaction.atomic
def _restore(user: User, password: str) -> None:
    if not user.is_active:
        activate_user(user)
    set_role(user, Role.ADMIN)
    # Hashing anew would end every session on each start.
    if password and not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])
        revoke_all_tokens(user)


def _create(login: str, password: str) -> GeneratedLogin | None:
    chosen = password or secrets.token_urlsafe(12)
    try:
        with transaction.atomic():
            User.objects.create_superuser(login, _email_for(login), chosen)
    except IntegrityError:
        # Another process of the same start was quicker, and shows its own password.
        return None
    return None if password else GeneratedLogin(login, chosen)


def _free_name(name: str) -> str:
    """`name`, unless somebody without rights has taken it or its address."""
    taken = User.objects.by_login(name).exists() or User.objects.by_login(_email_for(name)).exists()
    return f"{name}-{secrets.token_hex(3)}" if taken else name


def _email_for(login: str) -> str:
    try:
        validate_email(login)
    except ValidationError:
        local = "".join(letter for letter in login.lower() if letter.isascii() and (letter.isalnum() or letter in "-_"))
        return f"{local or DEFAULT_NAME}@{NO_MAIL_DOMAIN}"
    return login

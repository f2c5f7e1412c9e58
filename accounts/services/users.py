"""What can be done to a user: one function for each change that somebody can see."""

import re
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.choices import Role
from accounts.models import AccessToken, User
from accounts.services.keys import announce_keys_refused
from accounts.services.tokens import revoke_all_tokens

PROFILE_FIELDS = frozenset({"username", "email", "first_name", "last_name"})
USERNAME_ATTEMPTS = 5


class UserError(Exception):
    """A change that was refused; nothing was changed."""


class DuplicateUser(UserError):
    """The e-mail address or the user name belongs to somebody else."""


class RegistrationClosed(UserError):
    """Accounts are made by administrators alone."""


class IncorrectPassword(UserError):
    """The current password is another one."""


class SamePassword(UserError):
    """The new password is the current one."""


class LastAdministrator(UserError):
    """Afterwards nobody could administer the system."""


def register_user(*, email: str, password: str) -> User:
    """Somebody makes an account for herself.

    Raises RegistrationClosed, DuplicateUser, ValidationError (field `password`).
    """
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed
    return create_user(email=email, password=password)


def create_user(*, email: str, password: str, username: str = "", role: str = Role.USER, **fields: Any) -> User:
    """A new user; without `username` a free one is made from the e-mail address.

    Raises DuplicateUser, ValidationError (field `password`).
    """
    candidate = User(email=email, username=username or _name_from(email), **fields)
    _validate_password(password, user=candidate, field="password")
    return _insert(email=email, password=password, username=username, **_rights(role), **fields)


def update_profile(user: User, **changes: Any) -> User:
    """Applies changes to user name, e-mail address and names; raises DuplicateUser."""
    if unknown := changes.keys() - PROFILE_FIELDS:
        raise TypeError(f"not part of a profile: {sorted(unknown)}")
    if "email" in changes:
        changes["email"] = User.objects.normalize_email(changes["email"])
    for name, value in changes.items():
        setattr(user, name, value)
    try:
        with transaction.atomic():
            user.save(update_fields=[*changes, "updated_at"])
    except IntegrityError as error:
        raise DuplicateUser from error
    return user


@transaction.atomic
def update_user(user: User, *, role: str | None = None, is_active: bool | None = None, **profile: Any) -> User:
    """An administrator's change of everything but the password: all of it or nothing.

    Raises DuplicateUser, LastAdministrator.
    """
    if profile:
        update_profile(user, **profile)
    if role is not None:
        set_role(user, role)
    if is_active is not None and is_active != user.is_active:
        activate_user(user) if is_active else deactivate_user(user)
    return user


@transaction.atomic
def change_password(user: User, *, current: str, new: str, keep: AccessToken | None = None) -> None:
    """The user's own change; every other token ends.

    Raises IncorrectPassword, SamePassword, ValidationError (field `new_password`).
    """
    if not user.check_password(current):
        raise IncorrectPassword
    if current == new:
        raise SamePassword
    set_password(user, new, keep=keep)


@transaction.atomic
def set_password(user: User, new: str, *, keep: AccessToken | None = None) -> None:
    """A new password without the old one, e.g. by an administrator; every token but `keep` ends.

    Raises ValidationError (field `new_password`).
    """
    _validate_password(new, user=user, field="new_password")
    user.set_password(new)
    user.save(update_fields=["password", "updated_at"])
    revoke_all_tokens(user, keep=keep)


@transaction.atomic
def set_role(user: User, role: str) -> User:
    """Administrators are staff and superusers, others are no superusers; raises LastAdministrator."""
    if role == user.role:
        return user
    if user.is_administrator:
        _require_another_administrator(user)
    for name, value in _rights(role, was_administrator=user.is_administrator).items():
        setattr(user, name, value)
    user.save(update_fields=["role", "is_staff", "is_superuser", "updated_at"])
    return user


@transaction.atomic
def deactivate_user(user: User) -> User:
    """Log-in, tokens, keys and sessions end; what the user made stays. Raises LastAdministrator."""
    _require_another_administrator(user)
    user.is_active = False
    user.save(update_fields=["is_active", "updated_at"])
    revoke_all_tokens(user)
    announce_keys_refused(user)
    return user


def activate_user(user: User) -> User:
    """The user may log in again; tokens that ended stay ended."""
    user.is_active = True
    user.save(update_fields=["is_active", "updated_at"])
    return user


@transaction.atomic
def delete_user(user: User) -> None:
    """Removes the user and everything that belongs to the user alone; raises LastAdministrator."""
    _require_another_administrator(user)
    revoke_all_tokens(user)
    announce_keys_refused(user)
    user.delete()


def _require_another_administrator(user: User) -> None:
    """Locks the administrators, so that two of them cannot remove each other at the same time."""
    if not (user.is_administrator and user.is_active):
        return
    administrators = User.objects.active_administrators().select_for_update().order_by("pk")
    if set(administrators.values_list("pk", flat=True)) <= {user.pk}:
        raise LastAdministrator


def _rights(role: str, *, was_administrator: bool = False) -> dict[str, Any]:
    if role == Role.ADMIN:
        return {"role": role, "is_staff": True, "is_superuser": True}
    return {"role": role, "is_superuser": False} | ({"is_staff": False} if was_administrator else {})


def _validate_password(password: str, *, user: User, field: str) -> None:
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        raise ValidationError({field: error.error_list}) from error


def _insert(*, email: str, password: str, username: str, **fields: Any) -> User:
    base = username or _name_from(email)
    names = [base] if username else [base, *(f"{base}-{secrets.token_hex(3)}" for _try in range(USERNAME_ATTEMPTS))]
    for name in names:
        try:
            with transaction.atomic():
                user: User = User.objects.create_user(username=name, email=email, password=password, **fields)
            return user
        except IntegrityError as error:
            if username or User.objects.filter(email__iexact=email).exists():
                raise DuplicateUser from error
    raise DuplicateUser


def _name_from(email: str) -> str:
    """A user name made of the part before the @, with what user names may contain."""
    return re.sub(r"[^\w.+-]", "", email.partition("@")[0])[:100] or "user"

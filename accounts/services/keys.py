"""API keys: for machines, shown once, stored hashed, limited to scopes."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Scope
from accounts.models import ApiKey, User
from accounts.services.tokens import announce_revoked, digest_of

KEY_PREFIX = "sbk_"


def create_api_key(
    user: User, *, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[str, ApiKey]:
    """A key of `user` and its row; the key in clear cannot be had again.

    Raises ValidationError by field: unknown or no scope, an end in the past.
    """
    wanted = _checked_scopes(scopes)
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("The key would have ended already.")})
    prefix = f"{KEY_PREFIX}{secrets.token_hex(4)}"
    raw = f"{prefix}_{secrets.token_urlsafe(32)}"
    row: ApiKey = ApiKey.objects.create(
        user=user, name=name, scopes=wanted, prefix=prefix, digest=digest_of(raw), expires_at=expires_at
    )
    return raw, row


def revoke_api_key(key: ApiKey) -> bool:
    """Ends the key and closes what is open under it; False when it had ended before."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        announce_revoked(f"key.{key.pk}")
    return bool(revoked)


def announce_keys_refused(user: User) -> None:
    """Closes what is open under the keys of `user`, who may not act any more."""
    for pk in ApiKey.objects.filter(user=user, revoked_at=None).values_list("pk", flat=True):
        announce_revoked(f"key.{pk}")


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted({str(scope) for scope in scopes})
    if not wanted:
        raise ValidationError({"scopes": _("Name at least one scope.")})
    if unknown := [scope for scope in wanted if scope not in Scope.values]:
        raise ValidationError({"scopes": _("Unknown scope: %(scope)s.") % {"scope": unknown[0][:50]}})
    return wanted

"""Bearer tokens: a signed JWT for the wire, and a row that ends it."""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

import jwt
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import AccessToken, AnonymousSubscriber, User

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["sub", "typ", "exp", "iat", "jti"]
# Servers' clocks differ a little; the end of a token is judged by its row, without leeway.
CLOCK_SKEW = timedelta(seconds=30)


class InvalidCredential(Exception):
    """A token or key that is malformed, forged, expired, revoked, or unknown."""


def issue_user_token(user: User) -> str:
    """A new bearer token of `user`; shown to the caller and kept nowhere."""
    claims = {"sub": str(user.uuid), "typ": "user", "user_id": user.pk, "email": user.email}
    return _issue(claims, minutes=settings.USER_TOKEN_MINUTES, user=user)


def issue_visitor_token(visitor: AnonymousSubscriber, *, minutes: int = 0) -> str:
    """A new bearer token of `visitor`, for as long as the setting or `minutes` says; its holder is the visitor."""
    claims = {"sub": str(visitor.pk), "typ": "anonymous"}
    return _issue(claims, minutes=minutes or settings.ANONYMOUS_TOKEN_MINUTES, visitor=visitor)


def read_claims(raw: str) -> dict[str, Any]:
    """The claims of a well-signed, unexpired token; raises InvalidCredential."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return jwt.decode(raw, key, algorithms=[ALGORITHM], leeway=CLOCK_SKEW, options={"require": REQUIRED_CLAIMS})
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError as error:
            raise InvalidCredential from error
    raise InvalidCredential


def digest_of(secret: str) -> str:
    """What the database keeps of a secret with full entropy: hex SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def revoke_token(token: AccessToken) -> bool:
    """Ends one token and closes what is open under it; False when it had ended before."""
    revoked = AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        announce_revoked(f"token.{token.pk}")
    return bool(revoked)


@transaction.atomic
def revoke_all_tokens(user: User, *, keep: AccessToken | None = None) -> int:
    """Ends every token of `user` but `keep`; returns how many."""
    tokens = AccessToken.objects.filter(user=user, revoked_at=None).exclude(pk=keep.pk if keep else None)
    keys = list(tokens.values_list("pk", flat=True))
    revoked: int = AccessToken.objects.filter(pk__in=keys).update(revoked_at=timezone.now())
    for key in keys:
        announce_revoked(f"token.{key}")
    return revoked


def announce_revoked(group: str) -> None:
    """Tells the sockets in `group`, after commit, that their credential has ended.

    A channel layer that is down must not undo the revocation: sockets check again by themselves.
    """
    transaction.on_commit(lambda: _send_revoked(group), robust=True)


def _send_revoked(group: str) -> None:
    if layer := get_channel_layer():
        async_to_sync(layer.group_send)(group, {"type": "credential.revoked"})


def _issue(claims: dict[str, Any], *, minutes: int, **holder: Any) -> str:
    jti = uuid.uuid4().hex
    now = timezone.now()
    expires = _whole_seconds(now + timedelta(minutes=minutes))
    AccessToken.objects.create(digest=digest_of(jti), expires_at=expires, **holder)
    return jwt.encode({**claims, "iat": now, "exp": expires, "jti": jti}, settings.SECRET_KEY, algorithm=ALGORITHM)


def _whole_seconds(moment: datetime) -> datetime:
    """JWT times are whole seconds; the row agrees with the token."""
    return moment.replace(microsecond=0)

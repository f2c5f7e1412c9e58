"""From what a caller presents to who is calling; one place for HTTP and WebSockets."""

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import AccessToken, AnonymousSubscriber, ApiKey, User
from accounts.services.keys import KEY_PREFIX
from accounts.services.tokens import InvalidCredential, digest_of, read_claims

__all__ = [
    "InactiveCredentialHolder",
    "InvalidCredential",
    "UnknownCredentialHolder",
    "authenticate_api_key",
    "authenticate_bearer",
    "authenticate_credential",
]

LAST_USED_STEP = timedelta(minutes=1)


class InactiveCredentialHolder(InvalidCredential):
    """A good credential of a user who has been deactivated."""


class UnknownCredentialHolder(InvalidCredential):
    """A good token of a user who does not exist any more."""


def authenticate_credential(raw: str) -> tuple[User | AnonymousSubscriber, AccessToken | ApiKey]:
    """The holder of what stands in an Authorization: Bearer header, token or API key."""
    return authenticate_api_key(raw) if raw.startswith(KEY_PREFIX) else authenticate_bearer(raw)


def authenticate_bearer(raw: str) -> tuple[User | AnonymousSubscriber, AccessToken]:
    """The holder of a token and its row; raises InvalidCredential."""
    claims = read_claims(raw)
    token = AccessToken.objects.select_related("user", "visitor").filter(digest=digest_of(claims["jti"])).first()
    if token is None:
        raise _rowless(claims["sub"], claims["typ"])
    holder, subject = (token.user, token.user.uuid) if token.user else (token.visitor, token.visitor_id)
    if str(subject) != claims["sub"]:
        raise InvalidCredential
    _check(token, holder, now := timezone.now())
    _touch(token, now)
    return holder, token


def authenticate_api_key(raw: str) -> tuple[User, ApiKey]:
    """The user for whom a key acts and its row; raises InvalidCredential."""
    key = ApiKey.objects.select_related("user").filter(digest=digest_of(raw)).first()
    if key is None:
        raise InvalidCredential
    _check(key, key.user, now := timezone.now())
    _touch(key, now)
    return key.user, key


def _rowless(subject: str, kind: str) -> InvalidCredential:
    try:
        known = kind != "user" or User.objects.filter(uuid=uuid.UUID(subject)).exists()
    except ValueError:
        known = False
    return InvalidCredential() if known else UnknownCredentialHolder()


def _check(credential: AccessToken | ApiKey, holder: User | AnonymousSubscriber, now: datetime) -> None:
    if not holder.is_active:
        raise InactiveCredentialHolder
    if not credential.is_usable(now):
        raise InvalidCredential


def _touch(credential: AccessToken | ApiKey, now: datetime) -> None:
    """Notes the use, at most once a minute: reading must not cost a write each time."""
    if credential.last_used_at and now - credential.last_used_at < LAST_USED_STEP:
        return
    type(credential).objects.filter(pk=credential.pk).update(last_used_at=now)
    if isinstance(credential, AccessToken) and credential.visitor_id:
        AnonymousSubscriber.objects.filter(pk=credential.visitor_id).update(last_seen_at=now)

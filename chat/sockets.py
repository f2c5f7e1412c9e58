"""Who opens a WebSocket."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.choices import Scope
from accounts.models import AccessToken, AnonymousSubscriber, ApiKey, User
from accounts.services.resolve import InvalidCredential, authenticate_credential
from accounts.services.standing import Standing, standing_of
from accounts.services.visitors import VISITOR_COOKIE, visitor_of_cookie
from chat.widgets.access import admits_socket, widget_key

SUBPROTOCOL = "bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is at the other end and by what; `group` is where the end of the credential is announced."""

    actor: User | AnonymousSubscriber | None
    standing: Standing
    group: str = ""
    subprotocol: str | None = None


def identify(scope: dict[str, Any]) -> Caller | None:
    """The caller of a handshake, or None to refuse it.

    A token comes in the Authorization header or, from browsers, as the subprotocol after `bearer`.
    Cookies count only for pages of our own origin and of the allowed ones: a handshake sends them
    whatever page it comes from.
    """
    token, subprotocol = presented(scope)
    if token:
        return _by_token(token, subprotocol, scope)
    if widget_key(scope):
        return None
    if cookies_count(scope) and (caller := _by_cookies(scope)):
        return caller
    return Caller(None, Standing()) if settings.CHAT_ANONYMOUS else None


def still_welcome(scope: dict[str, Any], caller: Caller) -> bool:
    """Whether the handshake would let the same caller in now: tokens are revoked, people leave."""
    now = identify(scope)
    return now is not None and now.actor == caller.actor


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers") or []}


def presented(scope: dict[str, Any]) -> tuple[str, str | None]:
    """The token or API key of a handshake, and the subprotocol that it came by; an empty string when there is none."""
    headers = _headers(scope)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), None
    if headers.get("x-api-key"):
        return headers["x-api-key"], None
    offered = scope.get("subprotocols") or []
    if len(offered) >= 2 and offered[0] == SUBPROTOCOL:
        return offered[1], SUBPROTOCOL
    return "", None


def _by_token(token: str, subprotocol: str | None, scope: dict[str, Any]) -> Caller | None:
    try:
        actor, credential = authenticate_credential(token)
    except InvalidCredential:
        return None
    if isinstance(credential, ApiKey):
        if widget_key(scope):
            return None
        allowed = Scope.CHAT_WRITE in credential.scopes and Scope.CHAT_READ in credential.scopes
        return Caller(actor, standing_of(actor, credential), f"key.{credential.pk}", subprotocol) if allowed else None
    if not _at_the_right_door(actor, scope):
        return None
    return Caller(actor, standing_of(actor, credential), token_group(credential), subprotocol)


def _at_the_right_door(actor: User | AnonymousSubscriber, scope: dict[str, Any]) -> bool:
    """A widget's socket is for its own visitors, and they have no other."""
    return admits_socket(actor, scope) if isinstance(actor, AnonymousSubscriber) else not widget_key(scope)


def _by_cookies(scope: dict[str, Any]) -> Caller | None:
    if caller := by_log_in(scope):
        return caller
    known = visitor_of_cookie((scope.get("cookies") or {}).get(VISITOR_COOKIE))
    return Caller(known[0], standing_of(*known), token_group(known[1])) if known else None


def by_log_in(scope: dict[str, Any]) -> Caller | None:
    """Whoever is logged in on the page that opens the socket; ask `cookies_count` first."""
    request = HttpRequest()
    request.session = SessionStore((scope.get("cookies") or {}).get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        return None
    return Caller(user, standing_of(user, None, session_key=request.session.session_key))


def token_group(token: AccessToken) -> str:
    """Where the end of a token is announced."""
    return f"token.{token.pk}"


def cookies_count(scope: dict[str, Any]) -> bool:
    """Whether the handshake comes from a page of ours, or of an origin that may use cookies."""
    headers = _headers(scope)
    origin = headers.get("origin", "").rstrip("/")
    if not origin:
        return False
    trusted = {*settings.CSRF_TRUSTED_ORIGINS, *settings.CORS_CREDENTIALS_ORIGINS}
    return origin in trusted or urlsplit(origin).netloc == headers.get("host", "")

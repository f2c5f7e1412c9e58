"""Visitors: people without a log-in, known by a token or a cookie that holds one."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import AccessToken, AnonymousSubscriber
from accounts.services.resolve import InvalidCredential, authenticate_bearer
from accounts.services.tokens import issue_visitor_token

VISITOR_COOKIE = "sb_visitor"


class VisitorsNotAllowed(PermissionDenied):
    """The server does not serve people without a log-in."""


def create_visitor() -> tuple[AnonymousSubscriber, str]:
    """A new visitor and the token; raises VisitorsNotAllowed when anonymous use is off."""
    if not settings.CHAT_ANONYMOUS:
        raise VisitorsNotAllowed
    visitor = AnonymousSubscriber.objects.create()
    return visitor, issue_visitor_token(visitor)


def visitor_of_cookie(cookie: str | None) -> tuple[AnonymousSubscriber, AccessToken] | None:
    """Whose cookie this is; None when it is absent or no longer good."""
    if not cookie:
        return None
    try:
        holder, token = authenticate_bearer(cookie)
    except InvalidCredential:
        return None
    return (holder, token) if isinstance(holder, AnonymousSubscriber) else None


def ensure_visitor_cookie(request: HttpRequest, response: HttpResponseBase) -> AnonymousSubscriber:
    """The visitor of this browser, made on the first call; sets the cookie when it is new or half spent.

    Raises VisitorsNotAllowed when there is no visitor yet and anonymous use is off.
    """
    known = visitor_of_cookie(request.COOKIES.get(VISITOR_COOKIE))
    if known is None:
        visitor, raw = create_visitor()
        _set_cookie(request, response, raw)
        return visitor
    visitor, token = known
    if _is_half_spent(token):
        _set_cookie(request, response, issue_visitor_token(visitor))
    return visitor


def _is_half_spent(token: AccessToken) -> bool:
    half = timedelta(minutes=settings.ANONYMOUS_TOKEN_MINUTES) / 2
    return token.expires_at is not None and token.expires_at - timezone.now() < half


def _set_cookie(request: HttpRequest, response: HttpResponseBase, raw: str) -> None:
    response.set_cookie(
        VISITOR_COOKIE,
        raw,
        max_age=settings.ANONYMOUS_TOKEN_MINUTES * 60,
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
        httponly=True,
        samesite="Lax",
    )

"""Who is calling, over HTTP. `request.user` becomes a User, an AnonymousSubscriber or AnonymousUser."""

from typing import Any

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.lockout import locked_text
from accounts.models import AccessToken, AnonymousSubscriber, ApiKey, User
from accounts.services.login import InactiveUser, LockedOut, LoginRefused, check_password
from accounts.services.resolve import (
    InactiveCredentialHolder,
    InvalidCredential,
    UnknownCredentialHolder,
    authenticate_api_key,
    authenticate_credential,
)
from accounts.services.visitors import VISITOR_COOKIE, visitor_of_cookie
from config.api.errors import InactiveHolder, InvalidToken, UnknownHolder

Authenticated = tuple[User | AnonymousSubscriber, AccessToken | ApiKey]


def as_api_error(error: InvalidCredential) -> InvalidToken:
    if isinstance(error, InactiveCredentialHolder):
        return InactiveHolder()
    if isinstance(error, UnknownCredentialHolder):
        return UnknownHolder()
    return InvalidToken()


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer`, with an access token or an API key."""

    def authenticate(self, request: Request) -> Authenticated | None:
        scheme, _, raw = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            return authenticate_credential(raw.strip())
        except InvalidCredential as error:
            raise as_api_error(error) from error

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`X-API-Key`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        raw = request.headers.get("x-api-key", "").strip()
        if not raw:
            return None
        try:
            return authenticate_api_key(raw)
        except InvalidCredential as error:
            raise as_api_error(error) from error


class SessionAuthentication(authentication.SessionAuthentication):
    """The log-in of a same-origin page, with CSRF protection."""


class VisitorCookieAuthentication(authentication.SessionAuthentication):
    """The visitor whom a page's cookie names, with CSRF protection; put it last.

    A cookie that is no longer good is no error: the caller is then nobody.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousSubscriber, AccessToken] | None:
        known = visitor_of_cookie(request.COOKIES.get(VISITOR_COOKIE))
        if known is not None:
            self.enforce_csrf(request)
        return known


class BasicAuthentication(authentication.BasicAuthentication):
    """`Authorization: Basic` with a user's password; failures count towards the lock-out."""

    www_authenticate_realm = "api"

    def authenticate_credentials(
        self, userid: str, password: str, request: Request | Any | None = None
    ) -> tuple[User, None]:
        if request is None:
            raise exceptions.AuthenticationFailed
        http_request = request._request if isinstance(request, Request) else request
        try:
            return check_password(http_request, login=userid, password=password), None
        except LockedOut as error:
            raise exceptions.Throttled(error.wait, locked_text()) from error
        except (LoginRefused, InactiveUser) as error:
            raise exceptions.AuthenticationFailed("Incorrect login or password.") from error

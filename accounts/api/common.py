"""What the account views share: how services' refusals are told on the wire."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated, PermissionDenied, Throttled
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.throttling import AddressRateThrottle
from accounts.lockout import locked_text
from accounts.models import AccessToken, User
from accounts.services.login import InactiveUser, LockedOut, LoginRefused, log_in
from accounts.services.users import (
    DuplicateUser,
    IncorrectPassword,
    LastAdministrator,
    RegistrationClosed,
    SamePassword,
)
from accounts.services.visitors import VisitorsNotAllowed
from config.api import AnyTypeJSONParser, IgnoreAcceptNegotiation

DUPLICATE_USER = "The user with the given email or username already exists."
WRONG_LOGIN = "Incorrect email or password."


class BadRequest(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_request"


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class JSONView(APIView):
    """Base: JSON in and out, whatever the headers say."""

    parser_classes: Sequence[type[BaseParser]] = [AnyTypeJSONParser]
    content_negotiation_class = IgnoreAcceptNegotiation
    parse_error_status = 422

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tokens and accounts are nothing for caches."""
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)


class LoginView(JSONView):
    """Base: open to everybody, counted by address."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = [AddressRateThrottle]
    throttle_scope = "login"


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what account services refuse into HTTP errors."""
    try:
        yield
    except DuplicateUser as error:
        raise BadRequest(DUPLICATE_USER) from error
    except IncorrectPassword as error:
        raise BadRequest("Incorrect password.") from error
    except SamePassword as error:
        raise BadRequest(_("The new password is the current one.")) from error
    except LastAdministrator as error:
        raise Conflict(_("This is the last active administrator.")) from error
    except RegistrationClosed as error:
        raise PermissionDenied(_("Registration is closed. Ask an administrator for an account.")) from error
    except VisitorsNotAllowed as error:
        raise PermissionDenied(_("This server answers only people who are logged in.")) from error


def log_in_or_refuse(request: Request, *, login: str, password: str) -> tuple[User, str]:
    """The user and a new token, or 401 or 429 in words that do not tell whether the account exists."""
    try:
        return log_in(request._request, login=login, password=password)
    except LockedOut as error:
        raise _locked(error.wait) from error
    except InactiveUser as error:
        raise AuthenticationFailed("Inactive user.") from error
    except LoginRefused as error:
        raise AuthenticationFailed(WRONG_LOGIN) from error


def _locked(wait: int) -> Throttled:
    error = Throttled(wait)
    error.detail = locked_text()  # type: ignore[assignment]
    return error


def current_user(request: Request) -> User:
    """The caller, in a view that lets only users in."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def current_token(request: Request) -> AccessToken | None:
    """The access token of this request; None when it came with a session or an API key."""
    return request.auth if isinstance(request.auth, AccessToken) else None

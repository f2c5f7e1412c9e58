"""One error body for every API: `{"detail": ...}`, and 422 for what does not validate.

A view chooses its dialect with class attributes:

- `validation_detail`: "string" (default; the items stand in `errors`) or "list" (they are the detail)
- `invalid_token_status`, `inactive_user_status`, `unknown_user_status`: for a credential that does
  not hold (default 401)
- `parse_error_status`: for a body that is no JSON (default 400)
- `challenge`: the WWW-Authenticate value of a 401 (default: of its first authenticator, else "Bearer")
"""

import logging
import math
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from config.api.validation import first_message, validation_items

logger = logging.getLogger(__name__)


class InvalidToken(exceptions.AuthenticationFailed):
    """A bearer token or key that is malformed, forged, expired or revoked."""

    default_detail = "Could not validate credentials."
    status_attribute = "invalid_token_status"


class InactiveHolder(InvalidToken):
    """A good token whose user has been deactivated."""

    default_detail = "Inactive user."
    status_attribute = "inactive_user_status"


class UnknownHolder(InvalidToken):
    """A good token whose user does not exist any more."""

    default_detail = "User not found."
    status_attribute = "unknown_user_status"


class QueryError(exceptions.ValidationError):
    """A query parameter that does not validate; its items are located in the query."""

    location = "query"


class PayloadTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "Request body is too large."
    default_code = "payload_too_large"


class OverBudget(exceptions.Throttled):
    """Nothing is left to pay for an answer until a new day or month."""

    def __init__(self, detail: str, *, wait: float | None) -> None:
        exceptions.APIException.__init__(self, detail, "budget_exceeded")
        self.wait = wait


class BotPlatformErrors:
    """Mixin: the dialect of the bot platform's routes."""

    validation_detail = "list"
    invalid_token_status = status.HTTP_403_FORBIDDEN
    inactive_user_status = status.HTTP_400_BAD_REQUEST
    unknown_user_status = status.HTTP_404_NOT_FOUND
    parse_error_status = 422


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """The answer to any exception that a view raised; never None, so nothing reaches HTML error pages."""
    # rest_framework.views imports the authentication classes, and they import this module.
    from rest_framework.views import set_rollback

    known = _as_api_exception(exc)
    set_rollback()
    if known is None:
        return _unexpected(exc, context)
    view = context.get("view")
    if isinstance(known, exceptions.ValidationError):
        return _validation_response(known, context)
    return Response({"detail": _detail(known)}, status=_status(known, view), headers=_headers(known, view))


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, DjangoValidationError):
        return exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, Http404):
        # Django's own text names the model and the query.
        return exceptions.NotFound()
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if over_budget := _as_over_budget(exc):
        return over_budget
    if isinstance(exc, BadRequest | SuspiciousOperation):
        return exceptions.ParseError("Bad request.")
    return None


def _as_over_budget(exc: Exception) -> OverBudget | None:
    # The applications import this module.
    from integrations.budgets.limits import BudgetExceeded
    from integrations.budgets.texts import budget_text

    return OverBudget(budget_text(exc), wait=exc.retry_after) if isinstance(exc, BudgetExceeded) else None


def _unexpected(exc: Exception, context: dict[str, Any]) -> Response:
    request = context.get("request")
    path = request.path if request is not None else "?"
    logger.error("Unhandled %s at %s", type(exc).__name__, path, exc_info=exc)
    got_request_exception.send(sender=exception_handler, request=getattr(request, "_request", request))
    return Response({"detail": "Internal Server Error"}, status=status.HTTP_500_INTERNAL_SERVER_ERROR)


def _validation_response(exc: exceptions.ValidationError, context: dict[str, Any]) -> Response:
    location = getattr(exc, "location", "body")
    items = validation_items(exc.detail, location=location, data=_submitted(context.get("request"), location))
    if getattr(context.get("view"), "validation_detail", "string") == "list":
        return Response({"detail": items}, status=422)
    return Response({"detail": first_message(items), "errors": items}, status=422)


def _submitted(request: Any, location: str) -> Any:
    if request is None:
        return None
    if location == "query":
        return request.query_params
    try:
        return request.data
    except exceptions.APIException:
        return None


def _status(exc: exceptions.APIException, view: Any) -> int:
    if isinstance(exc, InvalidToken):
        return int(getattr(view, exc.status_attribute, status.HTTP_401_UNAUTHORIZED))
    # REST framework turns these into 403 when the view has no authenticator to name a scheme.
    if isinstance(exc, exceptions.AuthenticationFailed | exceptions.NotAuthenticated):
        return status.HTTP_401_UNAUTHORIZED
    if isinstance(exc, exceptions.ParseError):
        return int(getattr(view, "parse_error_status", status.HTTP_400_BAD_REQUEST))
    return exc.status_code


def _headers(exc: exceptions.APIException, view: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    if _status(exc, view) == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = getattr(view, "challenge", None) or getattr(exc, "auth_header", None) or "Bearer"
    if isinstance(exc, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, math.ceil(getattr(exc, "wait", None) or 1)))
    return headers


def _detail(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.NotAuthenticated):
        return "Not authenticated"
    return _text(exc.detail)


def _text(detail: Any) -> str:
    """The detail as one string, whatever structure an APIException was given."""
    if isinstance(detail, dict):
        return "; ".join(_text(value) for value in detail.values())
    if isinstance(detail, list):
        return "; ".join(_text(value) for value in detail)
    return str(detail)

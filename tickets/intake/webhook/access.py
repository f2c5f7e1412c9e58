"""Who may post mails: programs with the shared secret or an API key; without a secret, programs on this machine."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.api.permissions import require_scope
from accounts.models import ApiKey, User
from config.network import is_local

HEADER = "X-Webhook-Secret"


class WebhookCaller:
    """Whoever shows the shared secret."""

    is_authenticated = True
    is_active = True
    pk = None


class SecretAuthentication(BaseAuthentication):
    """EMAIL_WEBHOOK_SECRET as a bearer token, in X-Webhook-Secret, or as the password of HTTP basic."""

    def authenticate(self, request: Request) -> tuple[WebhookCaller, str] | None:
        return (WebhookCaller(), "secret") if shows_the_secret(request._request) else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SecretScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tickets.intake.webhook.access.SecretAuthentication"
    name = "webhookSecret"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": HEADER}


class MayPostMail(BasePermission):
    """The secret, an API key with tickets:write of somebody on the staff, or a program on this machine."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.user, WebhookCaller):
            return True
        if isinstance(request.user, User):
            return self._may(request, view)
        if request.headers.get("Authorization") or request.headers.get(HEADER):
            # What was shown is no secret of ours.
            raise NotAuthenticated
        if settings.EMAIL_WEBHOOK_SECRET:
            raise NotAuthenticated
        if is_local(request._request):
            return True
        raise PermissionDenied(
            _("Mails are taken from this machine alone until EMAIL_WEBHOOK_SECRET is set; API keys need tickets:write.")
        )

    def _may(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            raise PermissionDenied(_("Mails are posted with the webhook's secret or with an API key."))
        require_scope(request.auth, request.method or "", view)
        return bool(request.user.is_active and request.user.is_staff)


def shows_the_secret(request: HttpRequest) -> bool:
    return bool(settings.EMAIL_WEBHOOK_SECRET) and any(map(_is_secret, _shown(request)))


def _shown(request: HttpRequest) -> list[str]:
    scheme, _blank, given = request.headers.get("Authorization", "").partition(" ")
    shown = [request.headers.get(HEADER, "")]
    if scheme.lower() == "bearer":
        shown.append(given.strip())
    if scheme.lower() == "basic":
        shown.append(_password(given))
    return shown


def _password(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _is_secret(value: str) -> bool:
    return bool(value) and constant_time_compare(value, settings.EMAIL_WEBHOOK_SECRET)

"""Locking out password guessers (django-axes): by log-in and address, on the API and in the back office."""

from datetime import timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.network import client_ip

KEY_MAX_LENGTH = 255


def login_key(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Under what failures are counted: the log-in as typed, without case, space and what no database takes."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(typed).strip().casefold().replace("\0", "\ufffd")[:KEY_MAX_LENGTH]


def locked_text() -> str:
    return _("Too many failed log-ins. Please try again later.")


def seconds_locked(request: HttpRequest, login: str) -> int:
    """How long the lock of `login` from this address still lasts."""
    attempts = AccessAttempt.objects.filter(
        username=login_key(request, {"username": login}), ip_address=client_ip(request)
    )
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    cool_off: timedelta = get_cool_off(request) or timedelta(0)
    left = (last or timezone.now()) + cool_off - timezone.now()
    return max(1, int(left.total_seconds()) + 1)


def lockout_response(
    request: HttpRequest, original: Any = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """429 instead of whatever the view answered: JSON on the API, plain text elsewhere.

    The asynchronous middleware of axes 8.3 passes the credentials as `original`.
    """
    known = credentials or (original if isinstance(original, dict) else None) or {}
    headers = {"Retry-After": str(seconds_locked(request, login_key(request, known)))}
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": locked_text()}, status=429, headers=headers)
    return HttpResponse(locked_text(), status=429, headers=headers, content_type="text/plain; charset=utf-8")


@receiver(user_logged_in, dispatch_uid="accounts.lockout.forget_failures")
def forget_failures(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A good log-in clears the failures under both of the user's names; axes knows of one."""
    for login in {user.username, user.email}:
        AxesProxyHandler.reset_attempts(ip_address=client_ip(request), username=login_key(request, {"username": login}))

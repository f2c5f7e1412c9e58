"""Updates that Telegram brings: its webhook, and who may knock there."""

import hashlib
import json
import logging
import secrets
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.outbox.errors import DeliveryError
from integrations.telegram.bots import token_of
from integrations.telegram.client import BotClient
from tickets.models import TelegramBotState
from tickets.telegram import updates
from tickets.telegram.polling import ALLOWED

logger = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_BYTES = 1_000_000


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, bot: str) -> JsonResponse:
    """One update: kept, then answered. 403 for everybody who does not know the secret, whatever the bot."""
    digest = TelegramBotState.objects.filter(bot=bot).values_list("webhook_secret_digest", flat=True).first() or ""
    given = _digest(request.headers.get(HEADER, ""))
    # Compared in any case, so that the time does not tell which bots there are.
    if not constant_time_compare(given, digest) or not digest:
        return JsonResponse({"detail": "The secret is wrong."}, status=403)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return JsonResponse({"detail": "The update is too big."}, status=413)
    update = _parsed(request.body)
    if update is None or not updates.store(bot, [update]):
        return JsonResponse({"errors": {"update_id": ["A whole number is needed."]}}, status=422)
    updates.wake()
    return JsonResponse({"ok": True})


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def set_webhook(bot: str) -> str:
    """Has Telegram bring the bot's updates to PUBLIC_URL, with a new secret; the address. Raises DeliveryError.

    Reading them by polling ends with it.
    """
    url = settings.PUBLIC_URL + reverse("telegram-webhook", args=[bot])
    secret = secrets.token_urlsafe(32)
    state, _made = TelegramBotState.objects.get_or_create(bot=bot)
    former = state.webhook_secret_digest
    # Before Telegram knows it: updates may come while it answers.
    TelegramBotState.objects.filter(bot=bot).update(webhook_secret_digest=_digest(secret), error="")
    try:
        call = async_to_sync(BotClient(token_of(bot)).set_webhook)
        call(url, secret_token=secret, allowed_updates=ALLOWED)
    except DeliveryError:
        TelegramBotState.objects.filter(bot=bot).update(webhook_secret_digest=former)
        raise
    return url


def delete_webhook(bot: str) -> None:
    """Back to polling. What waits at Telegram is fetched then. Raises DeliveryError."""
    async_to_sync(BotClient(token_of(bot)).delete_webhook)()
    TelegramBotState.objects.filter(bot=bot).update(webhook_secret_digest="")


def webhook_info(bot: str) -> dict[str, Any]:
    """What Telegram says of the webhook. Raises DeliveryError."""
    return async_to_sync(BotClient(token_of(bot)).get_webhook_info)()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

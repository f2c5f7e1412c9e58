"""Endpoints: their secrets, their health, and whether they are on."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from integrations.outbox.choices import Priority
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order, release_held
from integrations.outbox.work import attempt_now
from integrations.sealing import open_sealed, seal_into
from integrations.secretbox import SealBroken
from integrations.webhooks.choices import TEST_EVENT
from integrations.webhooks.models import WebhookEndpoint
from integrations.webhooks.publishing import tell
from integrations.webhooks.signing import new_secret

logger = logging.getLogger(__name__)

# Time for the receiver to take up a new secret: both sign meanwhile.
OVERLAP = timedelta(hours=24)


def send_test(endpoint: WebhookEndpoint, *, actor: Any) -> Delivery:
    """Sends a test event at once and returns its delivery, settled unless a worker has it in hand."""
    key = f"test:{timezone.now().timestamp()}:{actor.pk}"
    order = Order(key=key, source="test", actor=actor, priority=Priority.URGENT)
    delivery = tell(endpoint, TEST_EVENT, {"message": "This is a test."}, order)
    attempt_now(delivery.pk)
    delivery.refresh_from_db()
    return delivery


@sensitive_variables()
def set_new_secret(endpoint: WebhookEndpoint, *, actor: Any) -> str:
    """Makes a secret and returns it, once; the one before it goes on signing for OVERLAP."""
    secret = new_secret()
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        former = _open(row, "sealed_secret")
        seal_into(row, "sealed_secret", secret)
        seal_into(row, "sealed_former_secret", former)
        row.former_secret_until = timezone.now() + OVERLAP if former else None
        row.save(update_fields=["sealed_secret", "sealed_former_secret", "former_secret_until", "updated_at"])
    logger.info("new secret of webhook %s by %s", endpoint.pk, actor)
    return secret


@sensitive_variables()
def signing_keys(endpoint: WebhookEndpoint) -> list[str]:
    """The current secret, and the former one while it still signs; empty when they cannot be opened."""
    keys = [_open(endpoint, "sealed_secret")]
    until = endpoint.former_secret_until
    if until is not None and timezone.now() < until:
        keys.append(_open(endpoint, "sealed_former_secret"))
    return [key for key in keys if key]


@sensitive_variables()
def _open(endpoint: WebhookEndpoint, field: str) -> str:
    try:
        return open_sealed(endpoint, field)
    except SealBroken as error:
        logger.error("%s of webhook %s cannot be opened: %s", field, endpoint.pk, error)
        return ""


def mark_success(endpoint: WebhookEndpoint) -> None:
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    row.update(failing_since=None, last_error="", last_success_at=timezone.now())


def mark_failure(endpoint: WebhookEndpoint, text: str, *, gone: bool = False) -> None:
    """Notes since when it fails; switches it off when it says that it is gone, or has failed for days."""
    now = timezone.now()
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    row.filter(failing_since__isnull=True).update(failing_since=now)
    row.update(last_error=text[:300])
    limit = now - timedelta(days=settings.WEBHOOK_DISABLE_AFTER_DAYS)
    hopeless = row.filter(enabled=True) if gone else row.filter(enabled=True, failing_since__lt=limit)
    if hopeless.update(enabled=False, disabled_at=now):
        logger.warning("webhook %s was switched off: %s", endpoint.pk, text)


def enable(endpoint: WebhookEndpoint, *, actor: Any) -> None:
    """Switches it on again and sends what was held back for it."""
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    row.update(enabled=True, disabled_at=None, failing_since=None, last_error="")
    logger.info("webhook %s switched on by %s", endpoint.pk, actor)
    release_held(endpoint.target)

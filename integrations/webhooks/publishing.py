"""Telling endpoints what has happened."""

from dataclasses import replace
from typing import Any

from django.utils import timezone

from config.api.serializers import utc_z
from integrations.outbox.choices import DeliveryKind
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order, enqueue
from integrations.webhooks.models import WebhookEndpoint


def publish(event: str, data: dict[str, Any], order: Order) -> list[Delivery]:
    """Tells every endpoint that listens, in the caller's transaction; one delivery for each of them."""
    return [tell(endpoint, event, data, order) for endpoint in WebhookEndpoint.objects.listening_to(event)]


def tell(endpoint: WebhookEndpoint, event: str, data: dict[str, Any], order: Order) -> Delivery:
    """Enqueues one event for one endpoint, whether it listens or not."""
    payload = {"endpoint": str(endpoint.pk), "event": event, "timestamp": utc_z(timezone.now()), "data": data}
    return enqueue(DeliveryKind.WEBHOOK, payload, replace(order, key=f"{order.key}@{endpoint.pk}"))

"""Webhooks as a transport of the outbox."""

import json
import time
import uuid
from typing import Any

from config.logging import mask
from integrations.http import Policy, Request
from integrations.outbox import policy
from integrations.outbox.choices import HoldReason
from integrations.outbox.errors import DeliveryError, InvalidMessage, OnHold
from integrations.outbox.models import Delivery
from integrations.outbox.transports import HandOver, Label, Payload
from integrations.outbox.web import Answer, call, retry_after
from integrations.webhooks import signing
from integrations.webhooks.models import WebhookEndpoint
from integrations.webhooks.services import mark_failure, mark_success, signing_keys

SECONDS = 15.0
READ_BYTES = 4096
SHOWN = 300
GONE = 410
# Of the refusals only these may change by themselves.
TRANSIENT = frozenset({408, 409, 425, 429})
BUSY = frozenset({429, 503})


class WebhookTransport:
    """A signed POST. Deliveries to one address are not held in order: a receiver sorts by their timestamp."""

    policy = policy.WEBHOOK

    def clean(self, payload: Payload) -> Payload:
        endpoint = _find(payload.get("endpoint"))
        if endpoint is None:
            raise InvalidMessage("endpoint", "there is no such webhook")
        if not isinstance(payload.get("event"), str) or not isinstance(payload.get("data"), dict):
            raise InvalidMessage("data", "must be an object, about an event")
        return {
            "endpoint": str(endpoint.pk),
            "name": endpoint.name,
            "event": payload["event"],
            "timestamp": payload["timestamp"],
            "data": payload["data"],
        }

    def label(self, payload: Payload) -> Label:
        return Label(payload["name"], payload["event"], f"webhook:{payload['endpoint']}")

    def send(self, delivery: Delivery, hand_over: HandOver) -> dict[str, Any]:
        endpoint = _find(delivery.payload["endpoint"])
        if endpoint is None:
            raise DeliveryError("The webhook was deleted.", code="deleted", permanent=True)
        if not endpoint.enabled and delivery.source != "test":
            raise OnHold(HoldReason.ENDPOINT_OFF)
        try:
            answer = _post(endpoint, delivery, hand_over)
            _require_success(answer)
        except DeliveryError as error:
            mark_failure(endpoint, error.text, gone=error.code == str(GONE))
            raise
        mark_success(endpoint)
        return {"status": answer.status, "body": _shown(answer)}


def _post(endpoint: WebhookEndpoint, delivery: Delivery, hand_over: HandOver) -> Answer:
    keys = signing_keys(endpoint)
    if not keys:
        raise DeliveryError("The secret of the webhook cannot be read.", code="secret")
    body = body_of(delivery.payload)
    headers = signing.headers(str(delivery.pk), body, timestamp=int(time.time()), keys=keys)
    request = Request("POST", endpoint.url, headers={"Content-Type": "application/json", **headers}, content=body)
    limits = Policy.from_settings().but(total_seconds=SECONDS, max_redirects=0)
    return call(request, policy=limits, hand_over=hand_over, most_bytes=READ_BYTES)


def body_of(payload: Payload) -> bytes:
    """The same bytes for each attempt."""
    event = {"type": payload["event"], "timestamp": payload["timestamp"], "data": payload["data"]}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _require_success(answer: Answer) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    shown = _shown(answer)
    text = f"The receiver answered {status}." + (f" {shown}" if shown else "")
    raise DeliveryError(
        text,
        code=str(status),
        permanent=status < 500 and status not in TRANSIENT,
        retry_after=retry_after(answer.headers) if status in BUSY else None,
        everywhere=status >= 500 or status in BUSY,
    )


def _shown(answer: Answer) -> str:
    text = answer.body.decode("utf-8", "replace")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return mask(" ".join(printable.split()))[:SHOWN]


def _find(key: Any) -> WebhookEndpoint | None:
    try:
        wanted = uuid.UUID(str(key))
    except ValueError:
        return None
    found: WebhookEndpoint | None = WebhookEndpoint.objects.filter(pk=wanted).first()
    return found

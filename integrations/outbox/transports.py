"""The interface of transports, and where to find the one of a kind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.utils.module_loading import import_string

from integrations.outbox.choices import DeliveryKind
from integrations.outbox.models import Delivery
from integrations.outbox.policy import RetryPolicy

Payload = dict[str, Any]
HandOver = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Label:
    """How a message shows in lists, and what it shares with others: see the fields of Delivery."""

    recipient: str
    summary: str
    target: str
    ordering_key: str = ""


class Transport(Protocol):
    """Carries messages of one kind."""

    policy: RetryPolicy

    def clean(self, payload: Payload) -> Payload:
        """The payload in its stored form; raises InvalidMessage naming the field."""

    def label(self, payload: Payload) -> Label:
        """Of a payload that `clean` returned."""

    def send(self, delivery: Delivery, hand_over: HandOver) -> Payload:
        """Sends and returns what the other side said.

        Calls `hand_over` right before the step that cannot be taken back; what fails earlier is known not to
        have arrived. Raises DeliveryError, OutcomeUnknown, OnHold, and lets LeaseLost of `hand_over` pass.
        """


_CLASSES = {
    DeliveryKind.MAIL: "integrations.mail.transport.MailTransport",
    DeliveryKind.TELEGRAM: "integrations.telegram.transport.TelegramTransport",
    DeliveryKind.WEBHOOK: "integrations.webhooks.transport.WebhookTransport",
}


@lru_cache
def transport_of(kind: str) -> Transport:
    transport: Transport = import_string(_CLASSES[DeliveryKind(kind)])()
    return transport

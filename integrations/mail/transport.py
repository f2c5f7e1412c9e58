"""Mail as a transport of the outbox."""

from typing import Any

from django.conf import settings
from django.core.mail import mailers
from django.utils import timezone

from integrations.mail import message
from integrations.mail.backend import OutboxBackend
from integrations.outbox import policy
from integrations.outbox.choices import HoldReason
from integrations.outbox.errors import DeliveryError, OnHold
from integrations.outbox.models import Delivery
from integrations.outbox.transports import HandOver, Label, Payload

TARGET = "mail:default"


def is_configured() -> bool:
    return "default" in mailers


class MailTransport:
    """Over the SMTP server that the settings name; without one, mails wait."""

    policy = policy.MAIL

    def clean(self, payload: Payload) -> Payload:
        return message.clean(payload)

    def label(self, payload: Payload) -> Label:
        people = [*payload["to"], *payload["cc"], *payload["bcc"]]
        more = f" +{len(people) - 1}" if len(people) > 1 else ""
        return Label(people[0] + more, payload["subject"], TARGET)

    def send(self, delivery: Delivery, hand_over: HandOver) -> dict[str, Any]:
        backend = self._backend()
        payload = delivery.payload
        try:
            mail = message.compose(payload, delivery.pk, written=timezone.now())
            receipt = backend.deliver(
                mail,
                sender=message.envelope_sender(payload),
                envelope_id=delivery.pk.hex,
                hand_over=hand_over,
            )
        except ValueError as error:
            # The library's last word on headers and addresses, with rows from before a stricter check.
            raise DeliveryError(f"The message cannot be written: {error}", code="message", permanent=True) from error
        result = {"message_id": mail.extra_headers["Message-ID"], "reply": receipt.reply}
        if receipt.refused:
            note = "; ".join(f"{address}: {reply}" for address, reply in receipt.refused.items())
            result |= {"refused": receipt.refused, "note": note}
        return result

    def _backend(self) -> OutboxBackend:
        if not is_configured():
            raise OnHold(HoldReason.NO_MAIL_SERVER)
        backend = mailers["default"]
        if not isinstance(backend, OutboxBackend):
            name = settings.MAILERS["default"].get("BACKEND", "")
            raise DeliveryError(f"MAILERS names {name}, which the outbox cannot send through.", code="backend")
        return backend

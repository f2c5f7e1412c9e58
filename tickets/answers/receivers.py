"""The outbox tells how a delivery ended; the message follows in a transaction of its own, so that nothing that goes
wrong here can undo the end of a mail that has left. What is missed, the sweep finds."""

from functools import partial
from typing import Any

from django.db import transaction

from integrations.models import Delivery
from integrations.outbox.choices import DeliveryKind
from integrations.outbox.signals import delivery_settled
from tickets.answers.progress import follow


def connect() -> None:
    delivery_settled.connect(_settled, dispatch_uid="tickets.answers")


def _settled(delivery: Delivery, **_: Any) -> None:
    if delivery.kind == DeliveryKind.MAIL and delivery.source.startswith("ticket:"):
        transaction.on_commit(partial(follow, delivery.pk), robust=True)

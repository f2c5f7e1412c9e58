"""What callers and people do with deliveries."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from integrations.outbox.choices import (
    CANCELLABLE_STATES,
    REDELIVERABLE_STATES,
    DeliveryKind,
    DeliveryState,
    Priority,
)
from integrations.outbox.errors import InvalidMessage, NotPossible
from integrations.outbox.models import Delivery
from integrations.outbox.signals import delivery_settled
from integrations.outbox.transports import transport_of
from integrations.wake import Gathered

logger = logging.getLogger(__name__)

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a message is to go out.

    `key` makes it go out once however often it is asked for. `source` says what caused it, such as
    `ticket:<uuid>`. `repeatable` overrides the kind's policy for a message that may have arrived. `is_new` says that
    nobody can have used the key, which is looked for otherwise.
    """

    key: str
    source: str = ""
    actor: Any = None
    priority: Priority = Priority.NORMAL
    ordering_key: str | None = None
    repeatable: bool | None = None
    not_before: datetime | None = None
    is_new: bool = False


def enqueue(kind: DeliveryKind, payload: dict[str, Any], order: Order) -> Delivery:
    """The row that will be sent, in the caller's transaction; workers are woken when that commits.

    The row of an earlier call with the same key is returned as it is. Raises InvalidMessage.
    """
    if not order.key or len(order.key) > LONGEST_KEY:
        raise InvalidMessage("key", f"must have 1 to {LONGEST_KEY} characters")
    if not order.is_new and (known := Delivery.objects.filter(idempotency_key=order.key).first()) is not None:
        return known
    delivery = _draft(kind, payload, order)
    if order.is_new:
        delivery.save(force_insert=True)
    elif (known := _stored_before(delivery)) is not None:
        return known
    wake_on_commit()
    return delivery


def _stored_before(delivery: Delivery) -> Delivery | None:
    """Stores the row, or returns the one that somebody else enqueued since the look."""
    try:
        with transaction.atomic():
            delivery.save(force_insert=True)
    except IntegrityError:
        known: Delivery = Delivery.objects.get(idempotency_key=delivery.idempotency_key)
        return known
    return None


def _draft(kind: DeliveryKind, payload: dict[str, Any], order: Order) -> Delivery:
    transport = transport_of(kind)
    clean = transport.clean(payload)
    label = transport.label(clean)
    return Delivery(
        kind=kind,
        idempotency_key=order.key,
        payload=clean,
        recipient=label.recipient[:320],
        summary=" ".join(label.summary.split())[:200],
        target=label.target,
        ordering_key=label.ordering_key if order.ordering_key is None else order.ordering_key,
        repeatable=transport.policy.repeat_unknown if order.repeatable is None else order.repeatable,
        priority=order.priority,
        source=order.source[:100],
        created_by=order.actor,
        next_attempt_at=order.not_before or timezone.now(),
    )


def cancel(delivery: Delivery, *, actor: Any) -> None:
    """Gives up what has not been sent, or puts a dead letter aside; raises NotPossible."""
    rows = Delivery.objects.filter(pk=delivery.pk, state__in=CANCELLABLE_STATES)
    _settle(delivery, rows, state=DeliveryState.CANCELLED, held_for="")
    logger.info("delivery %s cancelled by %s", delivery.pk, actor)


def redeliver(delivery: Delivery, *, actor: Any) -> None:
    """Sends again from the first attempt, or at once what is waiting for its next one; raises NotPossible."""
    now = timezone.now()
    rows = Delivery.objects.filter(pk=delivery.pk, state__in=REDELIVERABLE_STATES)
    again = {"state": DeliveryState.PENDING, "tries": 0, "first_attempt_at": None, "finished_at": None}
    if not rows.update(**again, next_attempt_at=now, held_for="", handed_over_at=None):
        raise NotPossible(_refusal(delivery))
    logger.info("delivery %s asked for again by %s", delivery.pk, actor)
    wake_on_commit()


def confirm(delivery: Delivery, *, actor: Any) -> None:
    """A person has found out that the uncertain message did arrive; raises NotPossible."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.UNCERTAIN)
    _settle(delivery, rows, state=DeliveryState.DELIVERED)
    logger.info("delivery %s confirmed by %s", delivery.pk, actor)


@transaction.atomic
def _settle(delivery: Delivery, rows: Any, **values: Any) -> None:
    """The end that a person decides on for the one of `rows`; raises NotPossible when there is none."""
    if not rows.update(finished_at=timezone.now(), **values):
        raise NotPossible(_refusal(delivery))
    delivery_settled.send(sender=Delivery, delivery=Delivery.objects.get(pk=delivery.pk))


def release_held(target: str = "") -> None:
    """What is held back (for `target` only) goes out now: what was missing may have been set up."""
    held = Delivery.objects.filter(state=DeliveryState.PENDING).exclude(held_for="")
    due = held.filter(target=target) if target else held
    if due.update(held_for="", next_attempt_at=timezone.now()):
        wake_on_commit()


def _refusal(delivery: Delivery) -> str:
    state = Delivery.objects.filter(pk=delivery.pk).values_list("state", flat=True).first()
    if state == DeliveryState.SENDING:
        return _("It is being sent right now.")
    if state == DeliveryState.DELIVERED:
        return _("It has been delivered already.")
    return _("It has ended already.")


def wake_on_commit() -> None:
    transaction.on_commit(lambda: wake())


def _wake() -> None:
    """Never raises: the sweep finds the rows that nobody was told of."""
    from integrations.outbox.tasks import send_due

    try:
        send_due.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the sweep will find what is to be sent")


wake = Gathered(_wake)

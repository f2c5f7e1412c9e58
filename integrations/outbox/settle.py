"""How an attempt ends: one conditional update and one row in the log, in one transaction."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.logging import mask
from integrations.outbox.choices import AttemptOutcome, DeliveryKind, DeliveryState
from integrations.outbox.claims import mine
from integrations.outbox.errors import DeliveryError, OnHold, OutcomeUnknown
from integrations.outbox.models import Delivery, DeliveryAttempt
from integrations.outbox.services import Order
from integrations.outbox.signals import delivery_settled
from integrations.outbox.transports import transport_of
from integrations.webhooks.choices import WebhookEvent
from integrations.webhooks.publishing import publish

logger = logging.getLogger(__name__)

# How often something that is held back is looked at again.
HOLD = timedelta(seconds=60)
TOLD: dict[str, str] = {
    DeliveryState.FAILED: WebhookEvent.DELIVERY_FAILED,
    DeliveryState.UNCERTAIN: WebhookEvent.DELIVERY_UNCERTAIN,
}
FREED: dict[str, Any] = {"lease_until": None, "held_for": ""}


def end_delivered(delivery: Delivery, result: dict[str, Any], *, started: datetime) -> None:
    now = timezone.now()
    note = mask(str(result.pop("note", "")))[:500]
    values = {**FREED, "state": DeliveryState.DELIVERED, "finished_at": now, "result": result, "last_error": note}
    _end(delivery, values, AttemptOutcome.DELIVERED, error=note, started=started)


def end_failed(delivery: Delivery, error: DeliveryError, *, started: datetime) -> None:
    """Back to the queue with a pause, to the dead letters, or to a person when it may have arrived."""
    now, text = timezone.now(), mask(error.text)[:500]
    outcome, values = _after_failure(delivery, error, now)
    if _end(delivery, {**FREED, **values, "last_error": text}, outcome, error=text, code=error.code, started=started):
        _pause_target(delivery, error, now)
        logger.log(
            logging.INFO if outcome == AttemptOutcome.RETRY else logging.WARNING,
            "delivery %s to %s: attempt %d, %s: %s",
            *(delivery.pk, delivery.target, delivery.attempts, outcome.value, text),
        )


def end_held(delivery: Delivery, hold: OnHold) -> None:
    """Not an attempt: the row and its like wait until there is something to send them with."""
    until = timezone.now() + HOLD
    first = {"first_attempt_at": None} if delivery.tries == 1 else {}
    freed = mine(delivery).update(
        state=DeliveryState.PENDING,
        lease_until=None,
        attempts=F("attempts") - 1,
        tries=F("tries") - 1,
        next_attempt_at=until,
        held_for=hold.reason,
        **first,
    )
    if freed:
        waiting = Delivery.objects.filter(target=delivery.target, state=DeliveryState.PENDING)
        waiting.filter(next_attempt_at__lt=until).update(next_attempt_at=until, held_for=hold.reason)


def end_abandoned(delivery: Delivery) -> None:
    """The worker died. What had not been handed over has not left; else it depends on whether it may be repeated."""
    text = "The worker died while the message was being sent."
    error = OutcomeUnknown(text) if delivery.handed_over_at else DeliveryError(text)
    _, values = _after_failure(delivery, error, timezone.now())
    if values["state"] == DeliveryState.PENDING:
        # It did not fail: there is no reason to wait.
        values["next_attempt_at"] = timezone.now()
    if _end(delivery, {**FREED, **values, "last_error": text}, AttemptOutcome.LOST, error=text):
        logger.warning("delivery %s was abandoned by %s: %s", delivery.pk, delivery.worker, values["state"])


def _after_failure(delivery: Delivery, error: DeliveryError, now: datetime) -> tuple[AttemptOutcome, dict[str, Any]]:
    if isinstance(error, OutcomeUnknown) and not delivery.repeatable:
        return AttemptOutcome.UNKNOWN, {"state": DeliveryState.UNCERTAIN, "finished_at": now}
    pause = transport_of(delivery.kind).policy.pause(tries=delivery.tries, age=delivery.age(now), error=error)
    if pause is None:
        return AttemptOutcome.FAILED, {"state": DeliveryState.FAILED, "finished_at": now}
    outcome = AttemptOutcome.UNKNOWN if isinstance(error, OutcomeUnknown) else AttemptOutcome.RETRY
    return outcome, {"state": DeliveryState.PENDING, "next_attempt_at": now + timedelta(seconds=pause)}


def _tell_webhooks(delivery: Delivery, state: str, error: str) -> None:
    """A message that nobody will get by itself is told; but not that such telling has failed in its turn."""
    event = TOLD.get(state)
    if event is None or delivery.kind == DeliveryKind.WEBHOOK:
        return
    data = {
        "id": str(delivery.pk),
        "kind": delivery.kind,
        "source": delivery.source,
        "attempts": delivery.attempts,
        "error": error,
    }
    key = f"{event}:{delivery.pk}:{delivery.attempts}"
    publish(event, data, Order(key=key, source=f"delivery:{delivery.pk}"))


@transaction.atomic
def _end(
    delivery: Delivery,
    values: dict[str, Any],
    outcome: AttemptOutcome,
    *,
    error: str = "",
    code: str = "",
    started: datetime | None = None,
) -> bool:
    """Whether the row was still this claim's."""
    if not mine(delivery).update(**values):
        logger.warning("delivery %s was no longer %s's", delivery.pk, delivery.worker)
        return False
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=delivery.attempts,
        started_at=started,
        finished_at=timezone.now(),
        outcome=outcome,
        code=code[:30],
        error=error,
        worker=delivery.worker,
    )
    for field, value in values.items():
        setattr(delivery, field, value)
    if not delivery.is_open:
        delivery_settled.send(sender=Delivery, delivery=delivery)
    _tell_webhooks(delivery, values["state"], error)
    return True


def _pause_target(delivery: Delivery, error: DeliveryError, now: datetime) -> None:
    """A server that is down or asks for time is not asked for each waiting message in turn."""
    if not error.everywhere:
        return
    row = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING).only("next_attempt_at").first()
    if row is None:
        return
    until = row.next_attempt_at
    others = Delivery.objects.filter(target=delivery.target, state=DeliveryState.PENDING, next_attempt_at__lt=until)
    others.update(next_attempt_at=until)

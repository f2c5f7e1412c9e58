"""Who may send a row: claims, leases, and the last check before a message leaves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.outbox.choices import DeliveryState
from integrations.outbox.errors import LeaseLost
from integrations.outbox.models import Delivery

LEASE = timedelta(seconds=60)
# Looked at in one query; with more workers than this some of them ask again.
CANDIDATES = 16


def claim_next(kind: str, *, worker: str, now: datetime) -> Delivery | None:
    """The most urgent due row of the kind, now being sent by `worker`; None when there is nothing to do."""
    due = Delivery.objects.claimable(now).filter(kind=kind).order_by("priority", "next_attempt_at", "pk")
    while candidates := list(due.values_list("pk", flat=True)[:CANDIDATES]):
        for key in candidates:
            if (delivery := claim(key, worker=worker, now=now)) is not None:
                return delivery
    return None


def claim(key: UUID, *, worker: str, now: datetime) -> Delivery | None:
    """The row `key`, now being sent by `worker`; None when it is not due or somebody else has it."""
    due = Delivery.objects.claimable(now).filter(pk=key)
    try:
        with transaction.atomic():
            taken = due.update(
                state=DeliveryState.SENDING,
                worker=worker,
                lease_until=now + LEASE,
                handed_over_at=None,
                attempts=F("attempts") + 1,
                tries=F("tries") + 1,
                first_attempt_at=Coalesce("first_attempt_at", now),
            )
    except IntegrityError:
        # Another message of the same ordering key was claimed at the same moment.
        return None
    return Delivery.objects.get(pk=key) if taken else None


def mine(delivery: Delivery) -> Any:
    """The row, for as long as it is still this claim's: conditional updates go through here."""
    return Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.SENDING, worker=delivery.worker, attempts=delivery.attempts
    )


def hand_over(delivery: Delivery) -> None:
    """Notes that the message is about to leave; raises LeaseLost when the row was given to somebody else."""
    now = timezone.now()
    if not mine(delivery).update(handed_over_at=now, lease_until=now + LEASE):
        raise LeaseLost(str(delivery.pk))
    delivery.handed_over_at = now


def renew(deliveries: Iterable[Delivery]) -> None:
    until = timezone.now() + LEASE
    for delivery in deliveries:
        mine(delivery).update(lease_until=until)

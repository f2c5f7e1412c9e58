"""Who decides: rows are claimed in small batches by conditional update, with a lease."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from tickets.choices import TriageState
from tickets.models import Triage

LEASE = timedelta(seconds=30)
BATCH = 8
PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
# After so many beginnings a person is told; most of them were workers that died of it.
MOST_ATTEMPTS = len(PAUSES) + 1


class LeaseLost(Exception):
    """The row was overtaken by a newer mail, or given to another worker."""


def due(now: datetime) -> Q:
    waiting = Q(state=TriageState.PENDING, next_attempt_at__lte=now)
    return waiting | Q(state=TriageState.RUNNING, lease_until__lt=now)


def claim(size: int = BATCH) -> list[Triage]:
    """The rows that are longest due, now being decided by the caller alone."""
    now, worker = timezone.now(), uuid.uuid4().hex
    with transaction.atomic():
        keys = list(_candidates(now, size).values_list("pk", flat=True))
        if not keys:
            return []
        Triage.objects.filter(due(now), pk__in=keys).update(
            state=TriageState.RUNNING, worker=worker, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
    return list(
        Triage.objects.filter(pk__in=keys, worker=worker, state=TriageState.RUNNING)
        .select_related("message", "ticket__customer", "ticket__topic", "mailbox__hours")
        .prefetch_related("message__attachments")
        .order_by("next_attempt_at", "pk")
    )


def _candidates(now: datetime, size: int) -> Any:
    rows = Triage.objects.filter(due(now)).order_by("next_attempt_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return rows[:size]


def mine(triage: Triage) -> Any:
    """The row, for as long as it is this claim's: conditional updates go through here."""
    return Triage.objects.filter(pk=triage.pk, state=TriageState.RUNNING, worker=triage.worker)


def renew(triage: Triage, *, lease: timedelta = LEASE) -> None:
    """Holds the row for `lease` from now on; raises LeaseLost."""
    if not mine(triage).update(lease_until=timezone.now() + lease):
        raise LeaseLost(str(triage.pk))


def try_later(triage: Triage, code: str) -> None:
    """Back into the queue, after a pause."""
    pause = PAUSES[min(triage.attempts, len(PAUSES)) - 1]
    mine(triage).update(
        state=TriageState.PENDING, lease_until=None, next_attempt_at=timezone.now() + pause, error_code=code
    )

"""Who is next: waiting turns are claimed in turns by asker, and kept by leases."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from chat.choices import TurnState
from chat.models import Turn

# Claimed at most so many at a time, so that several workers share a burst.
BATCH = 20
# Any constant will do, as long as every process of the product uses the same one.
CLAIM_LOCK = 5_312_774

# An asker's waiting turns are numbered on from those of his that run: everybody's first comes before
# anybody's second. Both halves read the partial index `turn_queue`, however many turns are finished.
FAIR_ORDER = """
WITH busy AS (
    SELECT queue_key, COUNT(*) AS running FROM chat_turn WHERE state = 'running' GROUP BY queue_key
), waiting AS (
    SELECT id, created_at, queue_limit, stop_requested,
           ROW_NUMBER() OVER (PARTITION BY turn.queue_key ORDER BY created_at) + COALESCE(busy.running, 0) AS place
    FROM chat_turn turn LEFT JOIN busy ON busy.queue_key = turn.queue_key
    WHERE state = 'pending'
)
SELECT id FROM waiting WHERE place <= queue_limit ORDER BY place, created_at LIMIT %s
"""
IN_ORDER = FAIR_ORDER.replace("WHERE place <= queue_limit ", "")


def claim(worker: str, room: int) -> list[UUID]:
    """Takes up to `room` waiting turns: of those with the fewest running turns first, then the oldest.

    Nobody gets more at once than his limit; the others' wait until one of his ends.
    """
    # Most claims come after the end of a turn and find nothing: they need no lock.
    return _claim(worker, room) if Turn.objects.filter(state=TurnState.PENDING).exists() else []


@transaction.atomic
def _claim(worker: str, room: int) -> list[UUID]:
    _one_claimant_at_a_time()
    chosen = _next(FAIR_ORDER, min(room, BATCH))
    return _take(chosen, worker) if chosen else []


def places() -> dict[UUID, int]:
    """The place of every waiting turn in the queue, from 1."""
    return {turn_id: place for place, turn_id in enumerate(_next(IN_ORDER, 100_000), 1)}


def renew_leases(turn_ids: list[UUID], worker: str) -> None:
    until = timezone.now() + timedelta(seconds=settings.TURN_LEASE_SECONDS)
    Turn.objects.filter(pk__in=turn_ids, state=TurnState.RUNNING, worker=worker).update(lease_until=until)


def to_cancel(turn_ids: list[UUID], worker: str) -> list[UUID]:
    """Of these turns, those to stop: asked to, taken by another worker, or deleted with their conversation."""
    mine = Turn.objects.filter(pk__in=turn_ids, worker=worker, state=TurnState.RUNNING)
    rows = dict(mine.values_list("pk", "stop_requested"))
    return [turn_id for turn_id in turn_ids if rows.get(turn_id, True)]


def _next(order: str, limit: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(order, [limit])
        return [Turn._meta.pk.to_python(row[0]) for row in cursor.fetchall()]


def _take(chosen: list[UUID], worker: str) -> list[UUID]:
    """Those of the chosen that still waited: somebody may have stopped one."""
    now = timezone.now()
    Turn.objects.filter(pk__in=chosen, state=TurnState.PENDING).update(
        state=TurnState.RUNNING,
        worker=worker,
        lease_until=now + timedelta(seconds=settings.TURN_LEASE_SECONDS),
        started_at=now,
        attempt=F("attempt") + 1,
    )
    mine = Turn.objects.filter(pk__in=chosen, state=TurnState.RUNNING, worker=worker)
    taken = set(mine.values_list("pk", flat=True))
    return [turn_id for turn_id in chosen if turn_id in taken]


def _one_claimant_at_a_time() -> None:
    """Two that count at once would together exceed a limit. SQLite's transactions exclude each other anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])

"""Who is next: waiting turns are claimed in turns by asker, and kept by leases."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from chat.choices import TurnState
from chat.models import Turn

# Claimed at most so many at a time, so that several workers share a burst.
BATCH = 20
# Any constant will do, as long as every process of the product uses the same one.
CLAIM_LOCK = 5_312_774

# An asker's waiting turns are numbered on from those of his that run: everybody's first comes before
# anybody's second. Both halves read the partial index `turn_queue`, however many turns are finished.
PLACES = """
WITH busy AS (
    SELECT queue_key, COUNT(*) AS running FROM chat_turn WHERE state = 'running' GROUP BY queue_key
), waiting AS (
    SELECT id, created_at, queue_limit,
           ROW_NUMBER() OVER (PARTITION BY turn.queue_key ORDER BY created_at) + COALESCE(busy.running, 0) AS place
    FROM chat_turn turn LEFT JOIN busy ON busy.queue_key = turn.queue_key
    WHERE state = 'pending'
)
"""
LIST = "SELECT id FROM waiting ORDER BY place, created_at LIMIT %s"
# Somebody may stop a turn meanwhile, so the state is asked for again.
TAKE = """
UPDATE chat_turn SET state = 'running', worker = %s, lease_until = %s, started_at = %s, attempt = attempt + 1
WHERE state = 'pending' AND id IN (
    SELECT id FROM waiting WHERE place <= queue_limit ORDER BY place, created_at LIMIT %s
) RETURNING id
"""
# Two that count at once would together exceed a limit. Statements that are sent together are one transaction, which
# holds the lock to its end, and the second one sees what others did before it. SQLite's writers exclude each other.
LOCK = f"SELECT pg_advisory_xact_lock({CLAIM_LOCK});"


def claim(worker: str, room: int) -> list[UUID]:
    """Takes up to `room` waiting turns: of those with the fewest running turns first, then the oldest.

    At most BATCH. Nobody gets more at once than his limit; the others' wait until one of his ends.
    """
    now = timezone.now()
    lease_until = now + timedelta(seconds=settings.TURN_LEASE_SECONDS)
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (lease_until, now)]
    with connection.cursor() as cursor:
        needs_lock = connection.vendor == "postgresql"
        cursor.execute((LOCK if needs_lock else "") + PLACES + TAKE, [worker, *moments, min(room, BATCH)])
        if needs_lock:
            cursor.nextset()
        return _ids(cursor.fetchall())


def places() -> dict[UUID, int]:
    """The place of every waiting turn in the queue, from 1."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES + LIST, [100_000])
        return {turn_id: place for place, turn_id in enumerate(_ids(cursor.fetchall()), 1)}


def renew_leases(turn_ids: list[UUID], worker: str) -> None:
    until = timezone.now() + timedelta(seconds=settings.TURN_LEASE_SECONDS)
    Turn.objects.filter(pk__in=turn_ids, state=TurnState.RUNNING, worker=worker).update(lease_until=until)


def to_cancel(turn_ids: list[UUID], worker: str) -> list[UUID]:
    """Of these turns, those to stop: asked to, taken by another worker, or deleted with their conversation."""
    mine = Turn.objects.filter(pk__in=turn_ids, worker=worker, state=TurnState.RUNNING)
    rows = dict(mine.values_list("pk", "stop_requested"))
    return [turn_id for turn_id in turn_ids if rows.get(turn_id, True)]


def _ids(rows: list[tuple[Any]]) -> list[UUID]:
    return [Turn._meta.pk.to_python(row[0]) for row in rows]

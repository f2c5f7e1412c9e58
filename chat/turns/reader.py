"""Following a turn: the one way in which WebSocket, SSE and polling read its events."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from uuid import UUID

from chat.artifacts.wire import with_artifact
from chat.choices import ACTIVE_STATES
from chat.eventlog import Event, LogDown, event, get_event_log
from chat.models import Turn
from chat.turns.access import Grant
from chat.turns.db import surely_in_db
from chat.turns.generation import closing_events
from chat.turns.waiting import place_of

logger = logging.getLogger(__name__)

QUIET_SECONDS = 5.0
# How soon, and how often, a reader is told that the turn waits for a worker.
QUEUE_SECONDS = 1.5
# How long to wait for the database to catch up with a log that has been trimmed, and for a log that is down.
BEHIND_SECONDS = 0.25
DOWN_SECONDS = 1.0


class Silence(list[Event]):
    """An empty batch. `place` is the turn's place in the queue, from 1, while nobody has begun it."""

    def __init__(self, place: int | None) -> None:
        super().__init__()
        self.place = place


async def follow(
    turn_id: UUID,
    *,
    grant: Grant | None = None,
    after: int = 0,
    seconds: float = QUIET_SECONDS,
    just_asked: bool = False,
) -> AsyncGenerator[list[Event]]:
    """Batches of the events above `after` until `done`; a `Silence` whenever `seconds` pass without one.

    A batch begins with event `after` + 1 or with a `snapshot`, which has the text so far and stands in
    for what the log no longer holds; a finished turn is told from the database. Nothing is handed out
    that `grant` does not allow at that moment: AccessLost is raised instead. `just_asked`: by this very
    reader, so there is nothing to catch up with, and the first events need not wait for a check.
    """
    place: int | None = None
    if just_asked and grant is not None:
        grant.vouch(turn_id)
        batch, place = await _next_or_place(turn_id, after=after, seconds=seconds)
    else:
        batch = await _next_batch(turn_id, after=after, seconds=0)
    while True:
        if batch and grant is not None:
            await grant.check(turn_id)
        yield batch or Silence(place)
        if batch:
            after = batch[-1]["seq"]
            if batch[-1]["type"] == "done":
                return
        batch, place = await _next_or_place(turn_id, after=after, seconds=seconds)


async def _next_or_place(turn_id: UUID, *, after: int, seconds: float) -> tuple[list[Event], int | None]:
    """The next batch; when a moment passes without any and the turn still waits, its place in the queue."""
    brief = min(QUEUE_SECONDS, seconds)
    batch = await _next_batch(turn_id, after=after, seconds=brief)
    if batch or brief == seconds:
        return batch, None
    if place := await place_of(turn_id):
        return [], place
    return await _next_batch(turn_id, after=after, seconds=seconds - brief), None


async def _next_batch(turn_id: UUID, *, after: int, seconds: float) -> list[Event]:
    log = get_event_log()
    try:
        found = await (log.wait(turn_id, after=after, seconds=seconds) if seconds else log.read(turn_id, after=after))
    except LogDown:
        await asyncio.sleep(min(DOWN_SECONDS, seconds))
        return await from_database(turn_id, after=after, is_down=True)
    found = without_gap(found, after)
    if found and found[0]["seq"] != after + 1 and found[0]["type"] != "snapshot":
        return await catch_up(turn_id, after=after, found=found, seconds=seconds)
    return found or await _told(turn_id, after=after)


async def _told(turn_id: UUID, *, after: int) -> list[Event]:
    """What the database knows, unless that skips pieces which the log has meanwhile.

    An answer's last pieces are in the log before its end is stored, but may have come between the two looks.
    """
    told = await from_database(turn_id, after=after)
    if told and told[0]["type"] == "snapshot":
        with contextlib.suppress(LogDown):
            found = await get_event_log().read(turn_id, after=after)
            if found and found[0]["seq"] == after + 1:
                return found
    return told


def without_gap(found: list[Event], after: int) -> list[Event]:
    """The events from the last snapshot on, if some are missing before it: it replaces all that came before."""
    expected = range(after + 1, after + 1 + len(found))
    if [item["seq"] for item in found] == list(expected):
        return found
    snapshots = [place for place, item in enumerate(found) if item["type"] == "snapshot"]
    return found[snapshots[-1] :] if snapshots else found


async def catch_up(turn_id: UUID, *, after: int, found: list[Event], seconds: float) -> list[Event]:
    """A snapshot in place of what is missing before the `found` events, then those of them that follow it.

    The database's text goes up to a number of its own, which may be lower than the log's first for a moment.
    """
    turn = await surely_in_db(_load, turn_id)
    if turn is None or turn.state not in ACTIVE_STATES:
        return _gone(after) if turn is None else _ending(turn, after)
    if turn.last_seq < found[0]["seq"] - 1 or turn.last_seq <= after:
        await asyncio.sleep(min(BEHIND_SECONDS, seconds))
        return []
    snapshot = event(turn.last_seq, "snapshot", turn.answer.content)
    return [snapshot, *(item for item in found if item["seq"] > turn.last_seq)]


async def from_database(turn_id: UUID, *, after: int, is_down: bool = False) -> list[Event]:
    """What the database knows when the log says nothing: the end of a finished turn.

    While the log is down, also the text so far of a running one.
    """
    turn = await surely_in_db(_load, turn_id)
    if turn is None:
        return _gone(after)
    if turn.state not in ACTIVE_STATES:
        return _ending(turn, after)
    if is_down and turn.last_seq > after:
        return [event(turn.last_seq, "snapshot", turn.answer.content)]
    return []


def _load(turn_id: UUID) -> Turn | None:
    turn: Turn | None = Turn.objects.select_related("answer").filter(pk=turn_id).first()
    if turn is not None:
        turn.answer.metadata = with_artifact(turn.answer.metadata)
    return turn


def _gone(after: int) -> list[Event]:
    return [event(after + 1, "done", metadata={"state": "deleted", "failed": True})]


def _ending(turn: Turn, after: int) -> list[Event]:
    """The last events of a finished turn as they would have been, numbered so that none seems missing."""
    answer = turn.answer
    last = closing_events(
        turn.state, answer.content, turn.error_code, turn.options.get("language", "en"), answer.metadata
    )
    first = turn.last_seq - len(last) + 1
    events = [event(first + n, kind, body, metadata=extra) for n, (kind, body, extra) in enumerate(last)]
    if after == turn.last_seq:
        return events[-1:]
    if after > turn.last_seq:  # Numbers that were given to somebody and lost with the log and its writer.
        return [{**item, "seq": after + n} for n, item in enumerate(events, 1)]
    if after + 1 < first:
        return [event(first - 1, "snapshot", answer.content), *events]
    return [item for item in events if item["seq"] > after]

"""Turns whose worker died: begun again if nothing had been said, else ended with what had been."""

import logging
from datetime import timedelta
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from chat.choices import MessageState, TurnState
from chat.eventlog import LogDown, OutOfOrder, event, get_event_log
from chat.models import Message, Turn
from chat.querysets import TurnQuerySet
from chat.turns.generation import closing_events
from integrations.calls.books import interrupt_calls

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# How long an abandoned turn waits for an event log that is down: it knows best what readers have seen.
LOG_PATIENCE = timedelta(seconds=60)


def recover_abandoned() -> int:
    """Deals with the turns whose lease ran out; returns with how many."""
    return _recover(list(Turn.objects.abandoned(timezone.now()).values_list("pk", flat=True)))


def recover_all() -> int:
    """As `recover_abandoned` for every running turn: for the start of a process that is the only one."""
    return _recover(list(Turn.objects.filter(state=TurnState.RUNNING).values_list("pk", flat=True)))


def end_waiting(turn_id: UUID) -> bool:
    """Ends a turn that is to be stopped and that nobody has begun; False when somebody has."""
    turn = Turn.objects.select_related("answer").filter(pk=turn_id, state=TurnState.PENDING).first()
    if turn is None or not _end(turn, TurnState.STOPPED, turn.answer.content, turn.last_seq):
        return False
    transaction.on_commit(lambda: _announce(turn, TurnState.STOPPED, turn.answer.content, turn.last_seq))
    return True


def _recover(turn_ids: list[UUID]) -> int:
    return sum(_recover_one(turn_id) for turn_id in turn_ids)


def _recover_one(turn_id: UUID) -> bool:
    turn = Turn.objects.select_related("answer").filter(pk=turn_id, state=TurnState.RUNNING).first()
    if turn is None:
        return False
    try:
        text, seq = async_to_sync(_text_so_far)(turn_id, turn.answer.content, turn.last_seq)
    except LogDown:
        if turn.lease_until and timezone.now() - turn.lease_until < LOG_PATIENCE:
            return False
        text, seq = turn.answer.content, turn.last_seq
    if not text and not turn.stop_requested and turn.attempt < MAX_ATTEMPTS:
        return _restart(turn, seq)
    state = TurnState.STOPPED if turn.stop_requested else TurnState.FAILED
    if not _end(turn, state, text, seq):
        return False
    _announce(turn, state, text, seq)
    logger.warning("turn %s was abandoned by %s and ended as %s", turn_id, turn.worker, state)
    return True


async def _text_so_far(turn_id: UUID, saved: str, saved_seq: int) -> tuple[str, int]:
    """The longest text that anybody may have seen, and the number of the last event."""
    log, text, seq, whole = get_event_log(), "", 0, True
    while events := await log.read(turn_id, after=seq):
        for item in events:
            whole = item["type"] == "snapshot" or (whole and item["seq"] == seq + 1)
            if item["type"] == "snapshot":
                text = item["content"]
            elif item["type"] == "delta":
                text += item["content"]
            seq = item["seq"]
    return (text if whole and len(text) > len(saved) else saved), max(seq, saved_seq)


@transaction.atomic
def _restart(turn: Turn, seq: int) -> bool:
    """Only stages were shown; the next attempt's events are numbered on from them."""
    restarted = _as_found(turn).update(state=TurnState.PENDING, lease_until=None, worker="", last_seq=seq)
    if restarted:
        interrupt_calls(turn.pk, "")
    return bool(restarted)


def _as_found(turn: Turn) -> TurnQuerySet:
    """The turn, unless somebody has done something to it since it was read: ended it, or renewed its lease."""
    found: TurnQuerySet = Turn.objects.filter(
        pk=turn.pk, state=turn.state, worker=turn.worker, lease_until=turn.lease_until
    )
    return found


@transaction.atomic
def _end(turn: Turn, state: TurnState, text: str, seq: int) -> bool:
    ended = _as_found(turn).update(
        state=state,
        error_code="interrupted" if state == TurnState.FAILED else "",
        finished_at=timezone.now(),
        lease_until=None,
        last_seq=seq + len(closing_events(state, text, "", "en", {})),
        sealed_key="",
    )
    if ended:
        Message.objects.filter(pk=turn.answer_id).update(content=text, state=MessageState.PARTIAL)
        interrupt_calls(turn.pk, text)
    return bool(ended)


def _announce(turn: Turn, state: TurnState, text: str, seq: int) -> None:
    """Tells the readers; those who cannot be told find the end in the database."""
    try:
        async_to_sync(_append_end)(turn, state, text, seq)
    except (LogDown, OutOfOrder) as error:
        logger.warning("turn %s: the end is in the database only: %r", turn.pk, error)


async def _append_end(turn: Turn, state: TurnState, text: str, seq: int) -> None:
    log = get_event_log()
    events = closing_events(state, text, "interrupted", turn.options.get("language", "en"), {})
    numbered = [event(seq + n, kind, body, metadata=extra) for n, (kind, body, extra) in enumerate(events, 1)]
    await log.append(turn.pk, numbered)
    await log.close(turn.pk)

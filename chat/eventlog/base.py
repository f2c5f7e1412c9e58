"""The event log: what a turn has emitted so far, numbered from 1, for any number of readers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, Protocol, TypedDict
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

EventType = Literal["stage", "delta", "content", "artifact", "snapshot", "error", "done"]

# A read returns at most so many events: what one reader holds in memory while its client is slow.
READ_LIMIT = 100


class Event(TypedDict):
    """One event of a turn. `seq` grows by one; `snapshot` replaces all text sent before it."""

    seq: int
    type: EventType
    stage: str | None
    content: str
    metadata: dict[str, Any] | None


def event(
    seq: int, kind: EventType, content: str = "", *, stage: str | None = None, metadata: dict[str, Any] | None = None
) -> Event:
    return {"seq": seq, "type": kind, "stage": stage, "content": content, "metadata": metadata}


class OutOfOrder(Exception):
    """A second writer of the same turn; the first one goes on undisturbed."""


class LogDown(Exception):
    """The log cannot be used at the moment. Whether the events arrived is not known."""


class LogLost(Exception):
    """The log does not hold what its writer appended before: readers need a snapshot."""


class EventLog(Protocol):
    """A log per turn with one writer. Old events may be trimmed at any time: readers must expect a gap.

    Every method may raise LogDown.
    """

    # Whether what was appended outlives the process that appended it.
    durable: bool

    async def append(self, turn_id: UUID, events: Sequence[Event], *, continues: bool = False) -> None:
        """Adds events whose numbers follow the last one; `continues` says that there is one.

        Raises OutOfOrder, and LogLost when the log `continues` nothing.
        """
        ...

    async def read(self, turn_id: UUID, *, after: int, limit: int = READ_LIMIT) -> list[Event]:
        """Up to `limit` events numbered above `after`, at once."""
        ...

    async def wait(self, turn_id: UUID, *, after: int, seconds: float) -> list[Event]:
        """As `read`, but waits up to `seconds` for the first event."""
        ...

    async def tail(self, turn_id: UUID) -> int:
        """The number of the last event; 0 when there is none."""
        ...

    async def close(self, turn_id: UUID) -> None:
        """The turn is over: its events may go after a while."""
        ...

    async def ping(self) -> None:
        """Raises when the log cannot be used."""
        ...


@lru_cache
def get_event_log() -> EventLog:
    log: EventLog = import_string(settings.EVENT_LOG_BACKEND)()
    return log

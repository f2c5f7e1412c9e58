"""The event log of the embedded mode: writer and readers share the process, not always the thread."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from chat.eventlog.base import READ_LIMIT, Event, OutOfOrder

CLOSED_KEPT = 500
CLOSED_BYTES = 32 * 1024 * 1024
# What an event takes beside its text: the dictionary, its number, its place in the list.
EVENT_BYTES = 350

Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Event]


@dataclass(slots=True)
class _Stream:
    events: list[Event] = field(default_factory=list)
    waiters: set[Waiter] = field(default_factory=set)
    size: int = 0

    def extend(self, events: Sequence[Event]) -> None:
        """Adds events; beyond the limit the older half goes, and readers that need it get a snapshot."""
        if self.events and events and events[0]["seq"] > self.events[-1]["seq"] + 1:
            # The log was away meanwhile: what follows a hole does not rest on what stands before it.
            self.events, self.size = [], 0
        self.events.extend(events)
        self.size += sum(map(_size, events))
        if len(self.events) > settings.EVENT_LOG_TURN_EVENTS:
            half = len(self.events) // 2
            self.size -= sum(map(_size, self.events[:half]))
            del self.events[:half]


class MemoryEventLog:
    """Keeps the newest events of running turns and the last closed ones; the rest is read from the database."""

    durable = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[UUID, _Stream] = {}
        self._closed: OrderedDict[UUID, None] = OrderedDict()
        self._closed_bytes = 0

    async def append(self, turn_id: UUID, events: Sequence[Event], *, continues: bool = False) -> None:
        with self._lock:
            stream = self._streams.setdefault(turn_id, _Stream())
            if stream.events and events and events[0]["seq"] <= stream.events[-1]["seq"]:
                raise OutOfOrder(f"event {events[0]['seq']} after {stream.events[-1]['seq']}")
            stream.extend(events)
            waiters = list(stream.waiters)
        for loop, wake in waiters:
            try:
                loop.call_soon_threadsafe(wake.set)
            except RuntimeError:  # That reader's loop has been closed; nobody waits there any more.
                continue

    async def read(self, turn_id: UUID, *, after: int, limit: int = READ_LIMIT) -> list[Event]:
        with self._lock:
            stream = self._streams.get(turn_id)
            return _above(stream.events, after, limit) if stream else []

    async def wait(self, turn_id: UUID, *, after: int, seconds: float) -> list[Event]:
        wake = asyncio.Event()
        waiter = (asyncio.get_running_loop(), wake)
        with self._lock:
            stream = self._streams.setdefault(turn_id, _Stream())
            if found := _above(stream.events, after, READ_LIMIT):
                return found
            stream.waiters.add(waiter)
        try:
            await asyncio.wait_for(wake.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self._leave(turn_id, waiter)
        return await self.read(turn_id, after=after)

    async def tail(self, turn_id: UUID) -> int:
        with self._lock:
            stream = self._streams.get(turn_id)
            return stream.events[-1]["seq"] if stream and stream.events else 0

    async def close(self, turn_id: UUID) -> None:
        with self._lock:
            if turn_id in self._streams and turn_id not in self._closed:
                self._closed[turn_id] = None
                self._closed_bytes += self._streams[turn_id].size
            while len(self._closed) > CLOSED_KEPT or (self._closed_bytes > CLOSED_BYTES and len(self._closed) > 1):
                oldest, _ = self._closed.popitem(last=False)
                self._closed_bytes -= self._streams.pop(oldest).size

    async def ping(self) -> None:
        return None

    def _leave(self, turn_id: UUID, waiter: Waiter) -> None:
        with self._lock:
            stream = self._streams.get(turn_id)
            if stream is None:
                return
            stream.waiters.discard(waiter)
            if not stream.events and not stream.waiters and turn_id not in self._closed:
                del self._streams[turn_id]


def _size(item: Event) -> int:
    return EVENT_BYTES + 2 * len(item["content"])


def _above(events: list[Event], after: int, limit: int) -> list[Event]:
    """Numbers are consecutive, so the place follows from the first one."""
    if not events:
        return []
    start = max(after + 1 - events[0]["seq"], 0)
    return events[start : start + limit]

"""Live desks: what changed is told to those who look, after commit. The message only says "look"; the rows say what.

Messages go out on one thread with one event loop of this process, so that no transaction waits for the channel layer,
and changes that come close together are told once.
"""

import asyncio
import logging
import threading
from functools import partial
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)

QUEUE_GROUP = "desk.queue"
# Changes of one ticket within this time are one look.
GATHER_SECONDS = 0.02
# Lists are told about changes no more often than this.
QUEUE_SECONDS = 0.5


def ticket_group(ticket_id: int) -> str:
    return f"desk.ticket.{ticket_id}"


def tell_on_commit(ticket_id: int) -> None:
    """Wakes those who follow the ticket, and all lists, when the caller's transaction commits."""
    transaction.on_commit(partial(_herald.tell, ticket_id), robust=True)


def tell_presence(ticket_id: int) -> None:
    """Wakes those who follow the ticket: somebody came, left, or types."""
    _herald.tell_presence(ticket_id)


class Herald:
    """Sends for all threads of the process; its loop is started by the first change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tickets: set[int] = set()
        self._presences: set[int] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._ticked_at = 0.0
        self._sending: set[asyncio.Task[None]] = set()

    def tell(self, ticket_id: int) -> None:
        loop = self._running()
        loop.call_soon_threadsafe(self._note, loop, self._tickets, ticket_id)

    def tell_presence(self, ticket_id: int) -> None:
        loop = self._running()
        loop.call_soon_threadsafe(self._note, loop, self._presences, ticket_id)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="desk-herald", daemon=True).start()
            return self._loop

    def _note(self, loop: asyncio.AbstractEventLoop, changed: set[int], ticket_id: int) -> None:
        changed.add(ticket_id)
        if self._flush is None:
            self._flush = loop.call_later(GATHER_SECONDS, self._send_looks, loop)
        if changed is self._tickets and self._tick is None:
            due = max(loop.time() + GATHER_SECONDS, self._ticked_at + QUEUE_SECONDS)
            self._tick = loop.call_at(due, self._send_tick, loop)

    def _send_looks(self, loop: asyncio.AbstractEventLoop) -> None:
        self._flush = None
        for kind, changed in (("desk.look", self._tickets), ("desk.presence", self._presences)):
            for ticket_id in changed:
                self._send(loop, ticket_group(ticket_id), {"type": kind, "ticket": ticket_id})
            changed.clear()

    def _send_tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._tick, self._ticked_at = None, loop.time()
        self._send(loop, QUEUE_GROUP, {"type": "desk.queue"})

    def _send(self, loop: asyncio.AbstractEventLoop, group: str, message: dict[str, Any]) -> None:
        task = loop.create_task(_send_to(group, message))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


async def _send_to(group: str, message: dict[str, Any]) -> None:
    if (layer := get_channel_layer()) is None:
        return
    try:
        await layer.group_send(group, message)
    except Exception:  # whatever the layer raises, sockets look by themselves now and then
        logger.warning("live desks could not be told", exc_info=True)


_herald = Herald()

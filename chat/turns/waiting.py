"""How far up the queue waiting turns are: one query for all readers of a process, every other second."""

import asyncio
import time
from uuid import UUID
from weakref import WeakKeyDictionary

from chat.turns.db import surely_in_db
from chat.turns.queue import places

FRESH_SECONDS = 2.0


class WaitingRoom:
    def __init__(self) -> None:
        self._places: dict[UUID, int] = {}
        self._read_at = -FRESH_SECONDS
        self._lock = asyncio.Lock()

    async def place(self, turn_id: UUID) -> int | None:
        """The turn's place in the queue, from 1; None when it does not wait."""
        async with self._lock:
            if time.monotonic() - self._read_at >= FRESH_SECONDS:
                self._places = await surely_in_db(places)
                self._read_at = time.monotonic()
        return self._places.get(turn_id)


_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, WaitingRoom] = WeakKeyDictionary()


async def place_of(turn_id: UUID) -> int | None:
    loop = asyncio.get_running_loop()
    if loop not in _rooms:
        _rooms[loop] = WaitingRoom()
    return await _rooms[loop].place(turn_id)

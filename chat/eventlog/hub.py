"""One blocking XREAD for all the streams that a process's readers follow."""

import asyncio
import logging
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import redis.asyncio as redis
from django.conf import settings
from redis.exceptions import RedisError

from chat.eventlog.base import Event

logger = logging.getLogger(__name__)

BLOCK_MS = 5000
# A read names every stream, so with many of them it waits a little for more events to share it.
REST_PER_STREAM = 0.0002
LONGEST_REST = 0.02
# The last two seconds of an answer, for readers that a busy process serves late.
KEPT_EVENTS = 40
# A stream without readers is dropped from the common read after this many seconds.
FORGET_AFTER = 10.0

Decoder = Callable[[Any], list[Event]]


@dataclass(slots=True, eq=False)
class _Waiter:
    after: int
    found: "asyncio.Future[list[Event]]"


class StreamHub:
    """Waiters per stream, served by a single connection that reads every followed stream at once.

    `_level` is how far the common read has come on a stream. Its last events are kept for readers that are
    a little behind; who is further behind is woken when there is something above his, and reads it for himself.
    """

    def __init__(self, client: redis.Redis, decode: Decoder) -> None:
        self._client = client
        self._decode = decode
        self._level: dict[str, int] = {}
        self._recent: dict[str, deque[Event]] = {}
        self._seen: dict[str, float] = {}
        self._waiters: defaultdict[str, set[_Waiter]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None
        # A stream of our own in the same read: adding to it interrupts the read, whenever it began.
        self._bell = f"sb:hub:{uuid.uuid4()}"
        self._bell_heard = "0-0"
        self._tidied = 0.0

    def level(self, key: str) -> int | None:
        return self._level.get(key)

    def recent(self, key: str, *, after: int) -> list[Event]:
        """What the common read has seen above `after`, if that is without a gap."""
        kept = self._recent.get(key)
        if not kept or not kept[0]["seq"] <= after + 1 <= kept[-1]["seq"]:
            return []
        return [item for item in kept if item["seq"] > after]

    async def wait(self, key: str, *, after: int, level: int | None, seconds: float) -> list[Event]:
        """Events above `after`; nothing after `seconds`, or when there may be some to be read.

        `level` is what the caller saw before it looked for events: the common read may have passed it since.
        """
        if (now := self._level.get(key)) != level and now is not None and now > after:
            return []
        waiter = _Waiter(after, asyncio.get_running_loop().create_future())
        is_new = key not in self._level
        self._level.setdefault(key, after)
        self._seen[key] = time.monotonic()
        self._waiters[key].add(waiter)
        try:
            if is_new or self._reader is None or self._reader.done():
                await self._include_new_streams()
            return await asyncio.wait_for(waiter.found, seconds)
        except TimeoutError:
            return []
        finally:
            self._waiters[key].discard(waiter)
            self._seen[key] = time.monotonic()

    async def _include_new_streams(self) -> None:
        """Starts the common read, or interrupts it so that it begins again with the new stream."""
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._run())
            return
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.xadd(self._bell, {"e": ""}, maxlen=1)
            pipe.expire(self._bell, 60)
            await pipe.execute()

    async def _run(self) -> None:
        while self._level:
            try:
                await self._read_for_ever()
            except (RedisError, OSError) as error:
                logger.warning("event log: reading again after %s", type(error).__name__)
                self._wake_all()
                await asyncio.sleep(0.5)

    async def _read_for_ever(self) -> None:
        # The blocking read outlives any ordinary socket timeout.
        reader = redis.from_url(settings.REDIS_URL, socket_timeout=BLOCK_MS / 1000 + 10, single_connection_client=True)
        try:
            while self._level:
                await self._read_once(reader)
                await asyncio.sleep(min(len(self._level) * REST_PER_STREAM, LONGEST_REST))
        finally:
            await reader.aclose()

    async def _read_once(self, reader: redis.Redis) -> None:
        streams = {key: f"{level}-0" for key, level in self._level.items()}
        streams[self._bell] = self._bell_heard
        for raw_key, entries in _pairs(await reader.xread(cast(Any, streams), 200, BLOCK_MS)):
            if (key := raw_key.decode()) == self._bell:
                self._bell_heard = entries[-1][0].decode()
            else:
                self._deliver(key, self._decode(entries))
        self._forget_idle()

    def _deliver(self, key: str, events: list[Event]) -> None:
        if not events or key not in self._level:
            return
        self._level[key] = events[-1]["seq"]
        self._keep(key, events)
        for waiter in [waiter for waiter in self._waiters[key] if waiter.after < events[-1]["seq"]]:
            self._waiters[key].discard(waiter)
            if not waiter.found.done():
                waiter.found.set_result(self.recent(key, after=waiter.after))

    def _keep(self, key: str, events: list[Event]) -> None:
        kept = self._recent.setdefault(key, deque(maxlen=KEPT_EVENTS))
        # After a loss of the stream its numbers go on behind a gap.
        if kept and kept[-1]["seq"] + 1 != events[0]["seq"]:
            kept.clear()
        kept.extend(events)

    def _wake_all(self) -> None:
        """The common read is broken: whoever waits looks for himself, and meets what is wrong."""
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.found.done():
                    waiter.found.set_result([])

    def _forget_idle(self) -> None:
        now = time.monotonic()
        if now - self._tidied < 1:
            return
        self._tidied, horizon = now, now - FORGET_AFTER
        for key in [key for key, seen in self._seen.items() if seen < horizon and not self._waiters.get(key)]:
            self._level.pop(key, None)
            self._recent.pop(key, None)
            self._seen.pop(key, None)
            self._waiters.pop(key, None)


def _pairs(answer: Any) -> list[tuple[bytes, Any]]:
    """XREAD's answer as pairs, in either protocol version's shape."""
    if not answer:
        return []
    if isinstance(answer, dict):
        return [(key, _flat(entries)) for key, entries in answer.items()]
    return list(answer)


def _flat(entries: Any) -> Any:
    return entries[0] if entries and isinstance(entries[0], list) else entries

"""The event log of the service mode: a Redis stream per turn, entry ids `<seq>-0`."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import redis.asyncio as redis
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from chat.eventlog.base import READ_LIMIT, Event, LogDown, LogLost, OutOfOrder
from chat.eventlog.batch import Batch
from chat.eventlog.hub import StreamHub

# A stream's end is put off whenever its numbers pass a multiple of this.
RENEW_EVERY = 64


def key_of(turn_id: UUID) -> str:
    return f"sb:turn:{turn_id}"


def decode(entries: Any) -> list[Event]:
    """The events of stream entries `(id, {b"e": json})`."""
    return [json.loads(fields[b"e"]) for _, fields in entries]


@contextmanager
def reachable() -> Iterator[None]:
    """Turns what the client raises into the log's own words, without the command: it holds people's text."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise LogDown(type(error).__name__) from None


class RedisEventLog:
    """Readers of one process share one blocking read; the ids make a second writer of a turn fail."""

    durable = True

    def __init__(self) -> None:
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.Redis] = WeakKeyDictionary()
        self._hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, StreamHub] = WeakKeyDictionary()
        self._batches: WeakKeyDictionary[asyncio.AbstractEventLoop, Batch] = WeakKeyDictionary()
        # Which life of the server a stream was written in: after a restart it may lack its last events.
        self._server = ""
        self._written_to: dict[UUID, str] = {}

    async def append(self, turn_id: UUID, events: Sequence[Event], *, continues: bool = False) -> None:
        if not events:
            return
        with reachable():
            added = await self._add(turn_id, events, continues)
        if failed := next((error for error in added if isinstance(error, RedisError)), None):
            if isinstance(failed, ResponseError) and "equal or smaller" in str(failed):
                raise OutOfOrder(f"event {events[0]['seq']}")
            raise LogDown(type(failed).__name__)
        before = self._written_to.get(turn_id, self._server)
        self._written_to[turn_id] = self._server
        if None in added or (continues and before != self._server):
            raise LogLost

    async def _add(self, turn_id: UUID, events: Sequence[Event], continues: bool) -> list[Any]:
        """The ids of the added entries; None where there was no stream to continue, or the server's error."""
        key, last = key_of(turn_id), events[-1]["seq"]
        limit = settings.EVENT_LOG_TURN_EVENTS

        def fill(pipe: Any) -> None:
            for item in events:
                body: dict[Any, Any] = {"e": json.dumps(item, ensure_ascii=False)}
                pipe.xadd(key, body, id=f"{item['seq']}-0", maxlen=limit, nomkstream=continues)
            if not continues or last % RENEW_EVERY < len(events):
                pipe.expire(key, settings.EVENT_LOG_TTL_SECONDS + settings.TURN_MAX_SECONDS)

        return (await self._batch().run(fill))[: len(events)]

    async def read(self, turn_id: UUID, *, after: int, limit: int = READ_LIMIT) -> list[Event]:
        with reachable():
            entries = await self._client().xrange(key_of(turn_id), min=f"({after}-0", count=limit)
        return decode(entries)

    async def wait(self, turn_id: UUID, *, after: int, seconds: float) -> list[Event]:
        hub, key, deadline = self._hub(), key_of(turn_id), time.monotonic() + seconds
        while True:
            if found := hub.recent(key, after=after):
                return found
            level = hub.level(key)
            # A stream that nobody follows yet will be read from `after` on by the common read.
            if level not in {None, after} and (found := await self.read(turn_id, after=after)):
                return found
            left = deadline - time.monotonic()
            with reachable():
                found = await hub.wait(key, after=after, level=level, seconds=max(left, 0))
            # Nothing although the common read has moved on: there is something to be looked for again.
            if found or left <= 0 or hub.level(key) in {level, after}:
                return found

    async def tail(self, turn_id: UUID) -> int:
        with reachable():
            last = await self._client().xrevrange(key_of(turn_id), count=1)
        return decode(last)[0]["seq"] if last else 0

    async def close(self, turn_id: UUID) -> None:
        self._written_to.pop(turn_id, None)
        with reachable():
            await self._client().expire(key_of(turn_id), settings.EVENT_LOG_TTL_SECONDS)

    async def ping(self) -> None:
        await self._client().ping()

    def _client(self) -> redis.Redis:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            # A full pool makes callers wait; the plain pool would fail them. No retries below the writer's own:
            # an event that arrived although its answer was lost would look like a second writer's.
            pool = redis.BlockingConnectionPool.from_url(
                settings.REDIS_URL,
                socket_timeout=10,
                max_connections=32,
                timeout=10,
                retry=Retry(NoBackoff(), 0),
                redis_connect_func=self._met,
            )
            self._clients[loop] = redis.Redis(connection_pool=pool)
        return self._clients[loop]

    async def _met(self, connection: Any) -> None:
        """Every new connection asks which life of the server it has reached."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        try:
            told = await connection.read_response()
        except ResponseError:  # An account without the right to ask: restarts then go unnoticed.
            return
        lines = (told.decode() if isinstance(told, bytes) else str(told)).splitlines()
        self._server = next((line for line in lines if line.startswith("run_id:")), "")

    def _batch(self) -> Batch:
        loop = asyncio.get_running_loop()
        if loop not in self._batches:
            self._batches[loop] = Batch(self._client())
        return self._batches[loop]

    def _hub(self) -> StreamHub:
        loop = asyncio.get_running_loop()
        if loop not in self._hubs:
            self._hubs[loop] = StreamHub(self._client(), decode)
        return self._hubs[loop]

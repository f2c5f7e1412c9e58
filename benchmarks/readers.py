"""Readers of one turn that are cut off at random and resume by number at any of the web processes.

The cuts are real: the TCP connection is reset wherever it happens to be, also in mid-frame and before the
first byte.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

TRANSPORTS = ("websocket", "sse", "polling")
# A connection that says nothing for so long is taken for dead.
SILENCE_SECONDS = 40.0
POLL_WAIT = 2

Frame = dict[str, Any]
# What a cut or a dead server looks like from outside.
BROKEN = (OSError, EOFError, TimeoutError, ConnectionClosed, InvalidHandshake, asyncio.IncompleteReadError, ValueError)


class Refused(Exception):
    """The server answered, and not with events."""


@dataclass(slots=True)
class Reading:
    """What one reader got of one turn. Events are counted by number; a snapshot may skip some."""

    turn: str
    transport: str
    last: int = 0
    text: str = ""
    whole: str | None = None
    state: str = ""
    events: int = 0
    snapshots: int = 0
    cuts: int = 0
    lost: int = 0
    repeated: int = 0
    garbled: int = 0
    longest: str = field(default="", repr=False)

    @property
    def is_over(self) -> bool:
        return bool(self.state)

    @property
    def is_sound(self) -> bool:
        return self.is_over and not (self.lost or self.repeated or self.garbled)

    def take(self, frame: Frame) -> None:
        seq = frame.get("seq")
        if seq is None:
            return
        self.events += 1
        if seq <= self.last:
            self.repeated += 1
            return
        if frame["type"] == "snapshot":
            self.snapshots += 1
        else:
            self.lost += seq - self.last - 1
        self.last = seq
        self._note(frame)

    def _note(self, frame: Frame) -> None:
        if frame["type"] == "delta":
            self.text += frame["content"]
        elif frame["type"] == "snapshot":
            self.text = frame["content"]
        elif frame["type"] == "content":
            self.whole = frame["content"]
            # The pieces must add up to what the end says, as far as they were sent.
            self.garbled += self.whole != self.text
        elif frame["type"] == "done":
            self.state = frame["metadata"]["state"]
        self.longest = max(self.longest, self.text, key=len)


class Scissors:
    """Decides when a connection is cut: after a random number of events, or a random time."""

    def __init__(self, chance: random.Random, *, is_sharp: Callable[[], bool] = lambda: True) -> None:
        self._chance = chance
        self._is_sharp = is_sharp

    def events(self) -> float:
        return self._chance.randint(0, 12) if self._is_sharp() else float("inf")

    def seconds(self) -> float | None:
        return self._chance.choice([0.0, 0.01, 0.05, 0.3, 1.0, 3.0]) if self._is_sharp() else None


async def read_to_the_end(
    reading: Reading, urls: list[str], *, scissors: Scissors, chance: random.Random, seconds: float = 180
) -> Reading:
    """Reads on, from one cut to the next, until `done`; gives up after `seconds`, and the turn counts as not over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not reading.is_over:
                await _read_once(reading, chance.choice(urls), scissors)
    return reading


async def _read_once(reading: Reading, url: str, scissors: Scissors) -> None:
    """One connection, until it is cut or its server dies."""
    source, limit = SOURCES[reading.transport], scissors.events()
    seen = 0
    try:
        async with asyncio.timeout(scissors.seconds()), contextlib.aclosing(source(reading, url)) as frames:
            async for frame in frames:
                reading.take(frame)
                seen += 1
                if reading.is_over:
                    return
                if seen > limit:
                    break
        reading.cuts += 1
    except BROKEN:
        reading.cuts += 1
        await asyncio.sleep(0.05 if seen else 0.2)


async def over_websocket(reading: Reading, url: str) -> AsyncGenerator[Frame]:
    address = url.replace("http", "ws") + "/ws/chat"
    link = await connect(address, compression=None, ping_interval=None, open_timeout=SILENCE_SECONDS, max_size=None)
    try:
        await link.send(json.dumps({"resume": reading.turn, "after": reading.last}))
        while True:
            frame = json.loads(await asyncio.wait_for(link.recv(), SILENCE_SECONDS))
            if frame["type"] == "error" and "seq" not in frame:
                raise Refused(frame)
            if frame.get("turn") == reading.turn:
                yield frame
    finally:
        link.transport.abort()


async def over_sse(reading: Reading, url: str) -> AsyncGenerator[Frame]:
    async with _get(url, reading, f"?after={reading.last}", "text/event-stream") as body:
        while line := await asyncio.wait_for(body.readline(), SILENCE_SECONDS):
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


async def by_polling(reading: Reading, url: str) -> AsyncGenerator[Frame]:
    while True:
        async with _get(url, reading, f"?after={reading.last}&wait={POLL_WAIT}", "application/json") as body:
            page = json.loads(await asyncio.wait_for(body.read(), SILENCE_SECONDS))
        for frame in page["events"]:
            yield frame
        if page["finished"] and not page["events"]:
            reading.state = reading.state or page["state"]
            return


@contextlib.asynccontextmanager
async def _get(url: str, reading: Reading, query: str, accept: str) -> AsyncIterator[asyncio.StreamReader]:
    """The body of a response; the connection is reset at the end, whatever is still on its way."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=16 * 1024 * 1024)
    try:
        path = f"/api/v1/turns/{reading.turn}/events{query}"
        writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SILENCE_SECONDS)
        status = int(head.split(b" ", 2)[1])
        if status != 200:
            # A server that is starting or has lost a neighbour may say so; anything else is an answer.
            raise ConnectionError(status) if status >= 500 else Refused(status)
        yield reader
    finally:
        writer.transport.abort()


SOURCES: dict[str, Callable[[Reading, str], AsyncGenerator[Frame]]] = {
    "websocket": over_websocket,
    "sse": over_sse,
    "polling": by_polling,
}

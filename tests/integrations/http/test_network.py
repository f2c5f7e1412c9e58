"""Connections on asyncio's streams: real sockets, no network."""

import asyncio
import contextlib
import ssl
import time

import httpcore
import pytest

from integrations.http.network import AsyncioBackend
from integrations.http.pace import PACE_SECONDS, QUICK_READS


@contextlib.asynccontextmanager
async def serving(handler):
    """A bare server on a local port; `handler` has the connection to itself."""
    writers = []

    async def connected(reader, writer):
        writers.append(writer)
        await handler(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def hang(reader, writer):
    await reader.read()
    writer.close()


async def test_a_silent_server_times_out():
    async with serving(hang) as port:
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, timeout=5)
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(100, timeout=0.05)
        await stream.aclose()


async def test_nobody_there():
    async with serving(hang) as port:
        pass
    with pytest.raises(httpcore.ConnectError):
        await AsyncioBackend().connect_tcp("127.0.0.1", port, timeout=5)


async def test_the_end_of_an_idle_connection_is_noticed():
    async def leave(reader, writer):
        writer.close()

    async with serving(leave) as port:
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, timeout=5)
        async with asyncio.timeout(10):
            while not stream.get_extra_info("is_readable"):
                await asyncio.sleep(0)
        assert await stream.read(100, timeout=5) == b""
        await stream.aclose()


async def test_a_certificate_that_nobody_signed_is_refused(giga):
    stream = await AsyncioBackend().connect_tcp("127.0.0.1", giga.server_port, timeout=5)
    with pytest.raises(httpcore.ConnectError):
        await stream.start_tls(ssl.create_default_context(), server_hostname="localhost", timeout=5)


async def test_a_paced_connection_takes_together_what_came_together():
    async def drip(reader, writer):
        await reader.readuntil(b"?")
        for _ in range(60):
            writer.write(b".")
            await asyncio.sleep(0.005)
        writer.close()

    async with serving(drip) as port:
        stream = await AsyncioBackend(paced=True).connect_tcp("127.0.0.1", port, timeout=5)
        await stream.write(b"?")
        reads = []
        while piece := await stream.read(1000, timeout=10):
            reads.append((time.monotonic(), piece))
        await stream.aclose()
    assert b"".join(piece for _, piece in reads) == b"." * 60
    assert reads[-1][0] - reads[QUICK_READS][0] >= (len(reads) - QUICK_READS - 2) * PACE_SECONDS

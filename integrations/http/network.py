"""Connections of httpx on asyncio's own streams, optionally read at a gentle pace."""

import asyncio
import contextlib
import select
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore

from integrations.http.pace import Pace


class AsyncioBackend:
    """An `AsyncNetworkBackend` of httpcore."""

    def __init__(self, *, paced: bool = False) -> None:
        self._paced = paced

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "AsyncioStream":
        local = (local_address, 0) if local_address else None
        with translated(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port, local_addr=local)
        connected: socket.socket = writer.get_extra_info("socket")
        for option in socket_options or ():
            connected.setsockopt(*option)
        return AsyncioStream(reader, writer, paced=self._paced)

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        raise httpcore.ConnectError("sockets of the file system are not used")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class AsyncioStream:
    """An `AsyncNetworkStream` of httpcore."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, paced: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._pace = Pace() if paced else None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._pace:
            await self._pace.rest()
        with translated(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._pace:
            self._pace.begin()
        with translated(httpcore.WriteTimeout, httpcore.WriteError):
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()

    async def aclose(self) -> None:
        # Whoever closes has all he wants: a peer that does not say good-bye must not keep us.
        if self._pace:
            self._pace.end()
        self._writer.transport.abort()
        # The loop closes the socket on its next turn.
        await asyncio.sleep(0)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "AsyncioStream":
        try:
            with translated(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._reader.at_eof() or _has_something_to_say(self._writer.get_extra_info("socket"))
        names = {"client_addr": "sockname", "server_addr": "peername", "socket": "socket", "ssl_object": "ssl_object"}
        return self._writer.get_extra_info(names[info]) if info in names else None


def _has_something_to_say(connected: Any) -> bool:
    """On an idle connection that can only be its end."""
    if connected.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))


@contextlib.contextmanager
def translated(timed_out: type[Exception], failed: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timed_out(str(error)) from error
    except (OSError, EOFError, ssl.SSLError) as error:
        raise failed(str(error)) from error

"""The transports for httpx2, which the SDK of OpenAI uses. A module of its own: importing httpx2 takes long.

Models speak in tiny pieces, each of them a chunk of HTTP. aiohttp takes them apart in C and hands over what has come
together, which costs a fraction of what httpx's own network costs.
"""

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from integrations.http.errors import OutgoingError
from integrations.http.guard import MOST_ATTEMPTS, Guard
from integrations.http.pace import Pace
from integrations.http.transport import KEPT_SECONDS, MOST_CONNECTIONS, check_request, tls_context

# From the special to the general.
FAILURES: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.SocketTimeoutError, httpx2.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ServerFingerprintMismatch, httpx2.ConnectError),
    (aiohttp.ClientPayloadError, httpx2.RemoteProtocolError),
    (aiohttp.ServerDisconnectedError, httpx2.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx2.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (TimeoutError, httpx2.ReadTimeout),
    (aiohttp.ClientError, httpx2.ReadError),
    (OSError, httpx2.ReadError),
)
# What the client above has said already, or decides itself.
OURS = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


class StreamingTransport(httpx2.AsyncBaseTransport):
    """HTTP/1.1 past every proxy, for one event loop; answers are read at a gentle pace."""

    def __init__(self, *, resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._resolver = resolver
        self._tls = tls or tls_context()
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        limits: dict[str, Any] = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.get("pool"), sock_connect=limits.get("connect"), sock_read=limits.get("read")
        )
        pace = Pace()
        pace.begin()
        with translated(request):
            response = await self._connected().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=timeout,
            )
        return httpx2.Response(
            response.status,
            headers=list(response.raw_headers),
            stream=PacedBody(request, response, pace),
            request=request,
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": (response.reason or "").encode()},
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                ssl=self._tls,
                resolver=self._resolver,
                # The guard is asked anew for each connection.
                use_dns_cache=self._resolver is None,
                limit=MOST_CONNECTIONS,
                keepalive_timeout=KEPT_SECONDS,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=OURS,
                trust_env=False,
            )
        return self._session


class PacedBody(httpx2.AsyncByteStream):
    """An answer as it comes; each piece is all that has come since the last one."""

    def __init__(self, request: httpx2.Request, response: aiohttp.ClientResponse, pace: Pace) -> None:
        self._request = request
        self._response = response
        self._pace = pace

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._response.content
        with translated(self._request):
            while not content.at_eof():
                await self._pace.rest()
                if piece := await content.readany():
                    yield piece

    async def aclose(self) -> None:
        self._pace.end()
        # An answer that was read to its end has given its connection back; any other one ends with it.
        self._response.close()


class GuardedTransport2(httpx2.AsyncBaseTransport):
    """A refusal arrives as `httpx2.ConnectError`, with our error as its cause."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = StreamingTransport(resolver=GuardedResolver(guard))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            # An address without a name never comes to the resolver.
            check_request(self._guard, str(request.url), request.extensions)
            return await self._inner.handle_async_request(request)
        except OutgoingError as error:
            raise httpx2.ConnectError(error.message, request=request) from error

    async def aclose(self) -> None:
        await self._inner.aclose()


class GuardedResolver(AbstractResolver):
    """A name becomes the addresses that the guard lets through, or its refusal."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._guard.addresses(host, port)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET6 if address.version == 6 else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses[:MOST_ATTEMPTS]
        ]

    async def close(self) -> None:
        return


@contextlib.contextmanager
def translated(request: httpx2.Request) -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:
        kind = next(ours for theirs, ours in FAILURES if isinstance(error, theirs))
        raise kind(str(error), request=request) from error

"""The client for every address that a person or a model can influence.

One request, one connection: nothing is shared between callers, neither cookies nor kept connections. The steps before
the network are in `urls`, the check of the addresses is in `guard`.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from django.utils.translation import gettext as _

from integrations.http.body import OFFERED, capped, check_announced, encoding_of
from integrations.http.errors import OutgoingError, RequestFailed
from integrations.http.guard import Guard
from integrations.http.headers import checked_headers
from integrations.http.messages import Request, Response, StreamedResponse, checked_method
from integrations.http.policy import Policy
from integrations.http.redirects import Hop
from integrations.http.resolver import Resolver, system_resolver
from integrations.http.transport import PinnedTransport

logger = logging.getLogger(__name__)

USER_AGENT = "Switchboard/1.0"


class GuardedClient:
    """Sends requests within a policy. `resolver`, `network` and `tls` are for tests and for special networks."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        resolver: Resolver = system_resolver,
        network: Any = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy or Policy.from_settings()
        self._guard = Guard(self._policy, resolver=resolver)
        self._network = network
        self._tls = tls

    async def fetch(self, request: Request) -> Response:
        """The whole answer, whatever its status; raises RefusedRequest, RefusedURL or RequestFailed."""
        async with self.stream(request) as answer:
            body = b"".join([chunk async for chunk in answer.chunks])
        return Response(answer.status, answer.host, answer.url, answer.headers, body)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamedResponse]:
        """The answer with its body still to come; deadline and cap hold until the block is left."""
        hop = self._first(request)
        begun, outcome = time.monotonic(), "failed"
        try:
            async with AsyncExitStack() as stack, asyncio.timeout(self._policy.total_seconds) as deadline:
                answer = await self._answer(hop, stack)
                outcome = str(answer.status)
                yield answer
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise _timeout(hop.target.host) from error
        except OutgoingError as error:
            outcome = error.code
            raise
        finally:
            elapsed = round((time.monotonic() - begun) * 1000)
            # Never more than the host: paths and queries hold secrets.
            logger.info("%s %s: %s in %d ms", hop.method, hop.target.host, outcome, elapsed)

    def _first(self, request: Request) -> Hop:
        headers = {"Accept": "*/*", "User-Agent": USER_AGENT}
        chosen = checked_headers(request.headers)
        named = {name.lower() for name in chosen}
        headers = {name: value for name, value in headers.items() if name.lower() not in named} | chosen
        # The bare address first: adding parameters parses it.
        self._guard.check(request.url)
        return Hop(checked_method(request.method), self._guard.check(request.full_url()), headers, request.content)

    async def _answer(self, hop: Hop, stack: AsyncExitStack) -> StreamedResponse:
        for _count in range(self._policy.max_redirects + 1):
            response = await self._send(hop, stack)
            following = hop.next(response, self._guard) if self._policy.max_redirects else None
            if following is None:
                return self._opened(hop, response)
            await response.aclose()
            hop = following
        text = _("%(host)s redirects more than %(n)s times.")
        raise RequestFailed(
            "redirects", text % {"host": hop.target.host, "n": self._policy.max_redirects}, permanent=True
        )

    async def _send(self, hop: Hop, stack: AsyncExitStack) -> httpx.Response:
        """Past httpx's own client, which would add cookies, proxies and log-ins of the environment."""
        transport = PinnedTransport(self._guard, tls=self._tls, network=self._network)
        stack.push_async_callback(transport.aclose)
        seconds = httpx.Timeout(self._policy.total_seconds, connect=self._policy.connect_seconds)
        sent = httpx.Request(
            hop.method,
            hop.target.url,
            headers={**hop.headers, "Accept-Encoding": OFFERED, "Connection": "close"},
            content=hop.content,
            extensions={"timeout": seconds.as_dict()},
        )
        with translated(hop.target.host):
            response = await transport.handle_async_request(sent)
        stack.push_async_callback(response.aclose)
        return response

    def _opened(self, hop: Hop, response: httpx.Response) -> StreamedResponse:
        host, cap = hop.target.host, self._policy.max_bytes
        if hop.method != "HEAD":
            check_announced(response, host=host, cap=cap)
        chunks = capped(_raw(response, host), encoding=encoding_of(response, host=host), host=host, cap=cap)
        return StreamedResponse(response.status_code, host, str(hop.target.url), response.headers, chunks)


async def _raw(response: httpx.Response, host: str) -> AsyncIterator[bytes]:
    with translated(host):
        async for chunk in response.aiter_raw():
            yield chunk


@contextmanager
def translated(host: str) -> Iterator[None]:
    """The errors of the HTTP library as ours; their own texts may quote the address."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise _timeout(host) from error
    except httpx.ConnectError as error:
        raise _unreachable(host, error) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        text = _("The answer of %(host)s is damaged or was cut off.") % {"host": host}
        raise RequestFailed("bad_response", text, permanent=False) from error


def _timeout(host: str) -> RequestFailed:
    return RequestFailed("timeout", _("%(host)s did not answer in time.") % {"host": host}, permanent=False)


def _unreachable(host: str, error: BaseException) -> RequestFailed:
    if _is_about_tls(error):
        text = _("%(host)s has no valid certificate for its name.") % {"host": host}
        return RequestFailed("tls", text, permanent=False)
    return RequestFailed("connect", _("%(host)s cannot be reached.") % {"host": host}, permanent=False)


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def fetch(request: Request, policy: Policy | None = None) -> Response:
    """One request within the policy of the settings, or another one."""
    return await GuardedClient(policy).fetch(request)


def fetch_sync(request: Request, policy: Policy | None = None) -> Response:
    """The same for the admin, commands and tasks; not to be called on an event loop."""
    return async_to_sync(fetch)(request, policy)

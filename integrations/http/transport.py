"""Guarded transports for HTTP clients: ours, and those of the providers' SDKs (httpx and its successor httpx2).

The transports of both libraries build their connection pool in the constructor and have no parameter for the network
below it, so ours replaces the pool. httpx and httpcore are pinned, and a test fails when a release changes this.
"""

import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import certifi
import httpcore
import httpx
from django.utils.translation import gettext as _

from integrations.http.errors import OutgoingError, RefusedURL
from integrations.http.guard import Guard, GuardedBackend
from integrations.http.policy import Policy

if TYPE_CHECKING:
    import httpx2

KEPT_CONNECTIONS = 100
KEPT_SECONDS = 15.0
MOST_CONNECTIONS = 1000
FAILURES = (httpcore.ConnectError, httpcore.ConnectTimeout)


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The public authorities and those of this machine, where companies install their own."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


class PinnedTransport(httpx.AsyncHTTPTransport):
    """Connects to checked addresses only, past every proxy. Refusals are raised as they are."""

    def __init__(
        self, guard: Guard, *, tls: ssl.SSLContext | None = None, network: Any = None, keep_alive: bool = False
    ) -> None:
        context = tls or tls_context()
        super().__init__(verify=context, trust_env=False)
        backend = GuardedBackend(guard, network=network or httpcore.AnyIOBackend(), failures=FAILURES)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=KEPT_CONNECTIONS if keep_alive else 0,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=backend,
        )


class GuardedTransport(httpx.AsyncBaseTransport):
    """For clients that speak httpx: a refusal arrives as `httpx.ConnectError`, with our error as its cause."""

    def __init__(self, guard: Guard, *, tls: ssl.SSLContext | None = None, network: Any = None) -> None:
        self._guard = guard
        self._inner = PinnedTransport(guard, tls=tls, network=network, keep_alive=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            check_request(self._guard, str(request.url), request.extensions)
            return await self._inner.handle_async_request(request)
        except OutgoingError as error:
            raise httpx.ConnectError(error.message, request=request) from error

    async def aclose(self) -> None:
        await self._inner.aclose()


def check_request(guard: Guard, url: str, extensions: Any) -> None:
    """What the network below cannot see: the whole address, and a name for TLS that differs from the host's."""
    guard.check(url)
    if "sni_hostname" in extensions:
        raise RefusedURL("host", _("The host of the address is not written plainly."))


def guarded_transport(policy: Policy | None = None) -> httpx.AsyncBaseTransport:
    """For `httpx.AsyncClient(transport=..., trust_env=False)`: connections are checked and kept alive.

    Neither the body nor the whole time is capped: these clients stream. Let them follow no redirects.
    """
    return GuardedTransport(Guard(policy or Policy.from_settings()))


def guarded_transport2(policy: Policy | None = None) -> "httpx2.AsyncBaseTransport":
    """The same for `httpx2.AsyncClient`, which takes long to import."""
    from integrations.http.transport2 import GuardedTransport2

    return GuardedTransport2(Guard(policy or Policy.from_settings()))

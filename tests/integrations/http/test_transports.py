"""Clients of providers' SDKs behind the same door: httpx and httpx2, real sockets, no network."""

import httpx
import httpx2
import pytest

from integrations.http import OutgoingError, Policy, guarded_transport, guarded_transport2
from integrations.http.hosts import InternalHosts
from tests.integrations.http.conftest import answering, serving

KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BOTH = pytest.mark.parametrize(
    ("library", "transport"), [(httpx, guarded_transport), (httpx2, guarded_transport2)], ids=["httpx", "httpx2"]
)


def opened(port):
    return Policy(internal=InternalHosts.read([f"127.0.0.1:{port}", f"localhost:{port}"]))


@BOTH
async def test_what_is_open_answers(library, transport):
    async with serving(answering(KEPT)) as port:
        async with library.AsyncClient(transport=transport(opened(port)), trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "ok"
            assert (await client.get(f"http://localhost:{port}/")).text == "ok"


@BOTH
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]", "169.254.169.254"])
async def test_what_is_not_open_is_never_connected_to(library, transport, host):
    seen = []
    async with serving(answering(KEPT, seen=seen)) as port:
        async with library.AsyncClient(transport=transport(Policy()), trust_env=False) as client:
            with pytest.raises(library.ConnectError) as caught:
                await client.get(f"http://{host}:{port}/")
    assert isinstance(caught.value.__cause__, OutgoingError) and seen == []


@BOTH
async def test_a_followed_redirect_is_judged_too(library, transport):
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(answer)) as port:
        async with library.AsyncClient(
            transport=transport(opened(port)), trust_env=False, follow_redirects=True
        ) as client:
            with pytest.raises(library.ConnectError):
                await client.get(f"http://127.0.0.1:{port}/")


@BOTH
async def test_tls_cannot_be_asked_for_another_name(library, transport):
    async with library.AsyncClient(transport=transport(Policy()), trust_env=False) as client:
        with pytest.raises(library.ConnectError):
            await client.get("https://93.184.215.14/", extensions={"sni_hostname": "internal.example.net"})


def test_the_pool_of_this_release_has_a_network_that_can_be_replaced():
    """httpx holds its pool in a private attribute: a release that moves it must not open the door."""
    ordinary = httpx.AsyncHTTPTransport()
    assert hasattr(ordinary._pool, "_network_backend")
    guarded = guarded_transport(Policy())
    assert type(guarded._inner._pool) is type(ordinary._pool)
    assert type(guarded._inner._pool._network_backend).__name__ == "GuardedBackend"

"""Every case of the shared collection, through the product's own client: names are faked, connections written down."""

import asyncio
import gzip
import json
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from integrations.http import GuardedClient, OutgoingError, Policy, RefusedRequest, RefusedURL, Request, RequestFailed
from integrations.http.addresses import Reach, parse, reach
from integrations.http.guard import Guard, GuardedBackend
from tests.integrations.http.conftest import NAMES, OK, PUBLIC, Names, Network, World, answering, serving

CASES = json.loads((Path(__file__).parents[2] / "data" / "ssrf_cases.json").read_text())
URLS = [case for case in CASES if case["kind"] == "url"]
REDIRECTS = [case for case in CASES if case["kind"] == "redirect"]


def only(kind):
    """The case of this kind, so that a renamed one fails instead of being left out."""
    [case] = [case for case in CASES if case["kind"] == kind]
    return case


@asynccontextmanager
async def two_servers(authority, network):
    """Every name of the collection is served over HTTP and over HTTPS."""
    secure = authority.server_context([*NAMES, PUBLIC])
    async with serving(answering(OK)) as plain, serving(answering(OK), tls=secure) as encrypted:
        network.servers = {80: plain, 443: encrypted, 8443: encrypted}
        yield


@pytest.mark.parametrize("case", URLS, ids=lambda case: case["id"])
async def test_addresses(case, authority):
    network = Network()
    client = GuardedClient(
        Policy(), resolver=Names(dict(case.get("dns", {}))), network=network, tls=authority.client_context()
    )
    async with two_servers(authority, network):
        if case["verdict"] == "allow":
            assert (await client.fetch(Request("GET", case["url"]))).status == 200
        else:
            with pytest.raises(RefusedURL):
                await client.fetch(Request("GET", case["url"]))
            assert network.connects == []
    assert all(reach(parse(host)) is Reach.PUBLIC for host, _port in network.connects)


@pytest.mark.parametrize("case", REDIRECTS, ids=lambda case: case["id"])
async def test_redirects_are_judged_like_first_addresses(case, world):
    answer = f"HTTP/1.1 302 Found\r\nLocation: {case['location']}\r\nContent-Length: 0\r\n\r\n".encode()
    async with world.serving(answering(answer)):
        with pytest.raises(RefusedURL):
            await world.client.fetch(Request("GET", "http://start.example.net/"))
    assert world.network.connects == [(PUBLIC, 80)]


async def flow(world, answer, *, url="http://api.example.net/"):
    async with world.serving(answering(answer)):
        with pytest.raises(RequestFailed) as caught:
            await world.client.fetch(Request("GET", url))
    return caught.value


async def test_a_redirect_loop_ends(world):
    assert only("redirect-loop")["verdict"] == "block"
    failure = await flow(world, b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
    assert failure.code == "redirects" and failure.permanent
    assert len(world.network.connects) == 4


async def test_a_long_body_is_cut_off(world):
    assert only("body-cap")["verdict"] == "block"
    failure = await flow(world, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (10 * 2**20))
    assert failure.code == "too_large"


async def test_an_announced_long_body_is_not_read(world):
    assert only("body-cap-cl")["verdict"] == "block"
    failure = await flow(world, b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n")
    assert failure.code == "too_large"


async def test_a_bomb_does_not_unfold(world):
    assert only("gzip-bomb")["verdict"] == "block"
    bomb = gzip.compress(b"\0" * (20 * 2**20))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    failure = await flow(world, head + bomb)
    assert failure.code == "too_large"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, br", "compress", "x"])
async def test_encodings_that_were_not_offered(world, encoding):
    assert only("encoding")["verdict"] == "block"
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 2\r\n\r\nok".encode()
    failure = await flow(world, head)
    assert failure.code == "encoding"


@pytest.mark.parametrize(
    ("kind", "beginning", "drop"),
    [
        ("slow-body", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        ("slow-header", b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"),
    ],
)
async def test_a_trickle_ends_at_the_deadline(kind, beginning, drop):
    assert only(kind)["verdict"] == "block"
    world = World(total_seconds=0.3)

    async def trickle(request, writer):
        writer.write(beginning)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    async with world.serving(trickle):
        with pytest.raises(RequestFailed) as caught:
            await asyncio.wait_for(world.client.fetch(Request("GET", "http://api.example.net/")), 30)
    assert caught.value.code == "timeout" and not caught.value.permanent


async def test_a_proxy_of_the_environment_is_not_asked(world, monkeypatch):
    assert only("env-proxy")["verdict"] == "block"
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    async with world.serving(answering(OK)):
        await world.client.fetch(Request("GET", "http://api.example.net/"))
    assert world.network.connects == [(PUBLIC, 80)]


def test_a_request_has_no_field_for_a_proxy():
    assert only("user-proxy")["verdict"] == "block"
    with pytest.raises(TypeError):
        Request("GET", "http://api.example.net/", **{"proxies": {"all": "http://127.0.0.1"}})


async def test_line_ends_in_headers(world):
    case = only("header-crlf")
    with pytest.raises(RefusedRequest) as caught:
        await world.client.fetch(Request("GET", "http://api.example.net/", headers=case["headers"]))
    assert caught.value.code == "header" and world.network.connects == []


async def test_the_certificate_is_that_of_the_name_although_the_address_is_pinned(authority):
    assert only("tls-name")["verdict"] == "block"
    world = World(tls=authority.client_context())
    # The certificate names the very address that is connected to, yet not the host.
    other = authority.server_context(["other.example.net", PUBLIC])
    async with world.serving(answering(OK), port=443, tls=other):
        with pytest.raises(RequestFailed) as caught:
            await world.client.fetch(Request("GET", "https://api.example.net/"))
    assert caught.value.code == "tls"
    assert world.network.connects == [(PUBLIC, 443)]


async def test_no_connection_is_used_twice(world):
    assert only("keepalive")["verdict"] == "block"
    seen = []
    kept = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
    async with world.serving(answering(kept, seen=seen)):
        for _ in range(2):
            await world.client.fetch(Request("GET", "http://api.example.net/"))
    assert len(world.network.connects) == 2
    assert all(b"connection: close" in request.lower() for request in seen)


async def test_unix_sockets_are_out_of_reach(tmp_path):
    assert only("uds")["verdict"] == "block"
    backend = GuardedBackend(Guard(Policy()), network=Network(), failures=())
    with pytest.raises(OutgoingError):
        await backend.connect_unix_socket(str(tmp_path / "docker.sock"))


def test_no_case_is_left_out():
    """A kind that comes with a new collection needs a test of its own."""
    tested = {"url", "redirect", "redirect-loop", "body-cap", "body-cap-cl", "gzip-bomb", "encoding", "slow-body"}
    tested |= {"slow-header", "env-proxy", "user-proxy", "header-crlf", "tls-name", "keepalive", "uds"}
    assert {case["kind"] for case in CASES} == tested

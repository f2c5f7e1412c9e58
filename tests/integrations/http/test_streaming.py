"""The transport of the models' streams: real sockets, no network."""

import asyncio
import gzip
import ssl

import httpx2
import pytest

from integrations.http.pace import PACE_SECONDS, QUICK_READS
from integrations.http.transport2 import StreamingTransport
from tests.integrations.http.test_network import hang, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def client(**options):
    return httpx2.AsyncClient(transport=StreamingTransport(**options), trust_env=False, timeout=5)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def url(port, path=""):
    return f"http://127.0.0.1:{port}/{path}"


async def test_a_connection_is_kept_for_the_next_request():
    connections = []

    async def answer(reader, writer):
        connections.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK)

    async with serving(answer) as port, client() as http:
        for _ in range(3):
            assert (await http.get(url(port))).text == "ok"
    assert len(connections) == 1


async def test_what_is_asked_is_sent_as_it_is():
    seen = []

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append((head, await reader.readexactly(4)))
        writer.write(OK)

    async with serving(answer) as port, client() as http:
        await http.post(url(port, "a%2Fb?c=%20d&e=1%2C2"), content=b"body", headers={"X-Odd": "1", "User-Agent": "us"})
    head, body = seen[0]
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a%2Fb?c=%20d&e=1%2C2 HTTP/1.1"
    headers = [line.lower() for line in lines[1:]]
    assert headers.count("content-length: 4") == headers.count("user-agent: us") == headers.count("x-odd: 1") == 1
    assert headers.count(f"host: 127.0.0.1:{port}") == 1
    assert body == b"body"


async def test_a_compressed_answer_is_read():
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        packed = gzip.compress(b"hello")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
        writer.write(head.encode() + packed)

    async with serving(answer) as port, client() as http:
        assert (await http.get(url(port))).text == "hello"


async def test_an_answer_that_is_given_up_ends_its_connection():
    ended = asyncio.Event()

    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"data: 1"))
        await reader.read()
        ended.set()

    async with serving(endless) as port, client() as http:
        async with http.stream("GET", url(port)) as response:
            assert await anext(response.aiter_bytes()) == b"data: 1"
        await asyncio.wait_for(ended.wait(), 5)


async def test_what_came_together_is_taken_together():
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(60):
            writer.write(chunk(b"."))
            await asyncio.sleep(PACE_SECONDS / 6)
        writer.write(b"0\r\n\r\n")

    async with serving(drip) as port, client() as http:
        async with http.stream("GET", url(port)) as response:
            pieces = [piece async for piece in response.aiter_bytes()]
    assert b"".join(pieces) == b"." * 60
    # Without a pace there would be sixty.
    assert len(pieces) < QUICK_READS + 40


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"", httpx2.RemoteProtocolError),
        (b"nonsense\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n", httpx2.RemoteProtocolError),
    ],
)
async def test_a_server_that_breaks_off_is_said(answer, failure):
    async def broken(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with serving(broken) as port, client() as http:
        with pytest.raises(failure):
            await http.get(url(port))


async def test_a_server_that_says_nothing_is_given_up():
    async with serving(hang) as port, client() as http:
        with pytest.raises(httpx2.ReadTimeout):
            await http.get(url(port), timeout=0.2)


async def test_nobody_listens():
    async with serving(hang) as port:
        pass
    async with client() as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get(url(port))


async def test_a_certificate_that_nobody_signed_is_refused(giga):
    async with client(tls=ssl.create_default_context()) as http:
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await http.get(f"https://localhost:{giga.server_port}/")

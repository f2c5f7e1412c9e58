"""Requests as they are sent, redirects, rebinding, bodies, and what is said of failures."""

import asyncio
import gzip
import logging
import zlib

import pytest

from integrations.http import RefusedRequest, RefusedURL, Request, RequestFailed, fetch_sync
from tests.integrations.http.conftest import OK, PUBLIC, World, answering

URL = "http://api.example.net/path?q=1"


def redirect(location, status=302):
    return f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n".encode()


def chain(*answers, seen):
    """Answers one after the other."""
    left = list(answers)

    async def handler(request, writer):
        seen.append(request.decode())
        writer.write(left.pop(0))

    return handler


async def fetched(world, request, *answers):
    """The answer and the requests as the servers saw them."""
    seen = []
    async with world.serving(chain(*answers, seen=seen)):
        response = await world.client.fetch(request)
    return response, seen


async def body_of(world, head, body):
    data = f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    response, _ = await fetched(world, Request("GET", URL), data)
    return response


async def test_a_request_arrives_whole(world):
    request = Request.with_json("post", URL, {"имя": "Анна"}, headers={"X-Own": "1", "User-Agent": "me"})
    response, [seen] = await fetched(world, request, OK)
    assert response.status == 200 and response.body == b"ok" and response.is_success
    assert seen.startswith("POST /path?q=1 HTTP/1.1\r\nHost: api.example.net\r\n")
    assert "X-Own: 1" in seen and "User-Agent: me" in seen and seen.endswith('{"имя":"Анна"}')
    assert "Accept-Encoding: gzip, deflate" in seen


async def test_parameters_join_the_query(world):
    _, [seen] = await fetched(world, Request("GET", URL, params={"текст": "a&b"}), OK)
    assert "GET /path?q=1&%D1%82%D0%B5%D0%BA%D1%81%D1%82=a%26b HTTP/1.1" in seen


async def test_a_form(world):
    _, [seen] = await fetched(world, Request.with_form(URL, {"a": "1 2", "b": "ю"}), OK)
    assert seen.endswith("a=1+2&b=%D1%8E") and "application/x-www-form-urlencoded" in seen


async def test_errors_of_the_server_are_answers(world):
    response, _ = await fetched(world, Request("GET", URL), b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
    assert response.status == 503 and not response.is_success


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET /x HTTP/1.1\r\nA: b\r\n\r\nGET", ""])
async def test_methods_that_are_refused(world, method):
    with pytest.raises(RefusedRequest):
        await world.client.fetch(Request(method, URL))
    assert world.network.connects == []


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "host",
        "Connection",
        "Transfer-Encoding",
        "Content-Length",
        "Upgrade",
        "TE",
        "Proxy-Authorization",
        "X-Forwarded-For",
        "x_forwarded_for",
        "Forwarded",
        "X-Real-IP",
        "Metadata-Flavor",
        "Metadata",
        "X-aws-ec2-metadata-token",
        "X-aws-ec2-metadata-token-ttl-seconds",
        "X-Original-URL",
        "X-HTTP-Method-Override",
        "",
        "a b",
        "a:b",
        "ä",
        "a\r\nb",
    ],
)
async def test_headers_that_are_refused(world, name):
    with pytest.raises(RefusedRequest) as caught:
        await world.client.fetch(Request("GET", URL, headers={name: "1"}))
    assert caught.value.code == "header" and world.network.connects == []


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "ю", "a\x7f", " a", "a ", "a\x0bb", "\u2028", "x" * 9000])
async def test_header_values_that_are_refused(world, value):
    with pytest.raises(RefusedRequest):
        await world.client.fetch(Request("GET", URL, headers={"X-A": value}))


async def test_too_many_headers(world):
    with pytest.raises(RefusedRequest):
        await world.client.fetch(Request("GET", URL, headers={f"X-{n}": "1" for n in range(65)}))


# Redirects


SECRETS = {
    "Authorization": "Bearer hush",
    "Cookie": "s=hush",
    "X-Api-Key": "hush",
    "X-Anything": "hush",
    "Accept": "text/a",
}


async def test_on_the_same_server_a_redirect_keeps_the_headers(world):
    response, seen = await fetched(world, Request("GET", URL, headers=SECRETS), redirect("/there#x"), OK)
    assert response.url == "http://api.example.net/there"
    assert seen[1].startswith("GET /there HTTP") and seen[1].count("hush") == 4
    assert "a=b" not in seen[1]


@pytest.mark.parametrize(
    "location", ["http://start.example.net/", "//start.example.net/", "http://api.example.net:8080/"]
)
async def test_to_another_server_only_harmless_headers_go_along(world, location):
    seen = []
    async with world.serving(chain(redirect(location), OK, seen=seen)):
        world.network.servers[8080] = world.network.servers[80]
        await world.client.fetch(Request("GET", URL, headers=SECRETS))
    assert "hush" not in seen[1] and "Accept: text/a" in seen[1]


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_what_becomes_of_a_posted_body(world, status, method):
    _, seen = await fetched(world, Request("POST", URL, content=b"data"), redirect("/there", status), OK)
    assert seen[1].startswith(f"{method} /there")
    assert seen[1].endswith("data") is (method == "POST")


@pytest.mark.parametrize("status", [307, 308])
async def test_a_body_does_not_go_to_another_server(world, status):
    with pytest.raises(RefusedURL) as caught:
        await fetched(world, Request("POST", URL, content=b"data"), redirect("http://start.example.net/", status))
    assert caught.value.code == "redirect" and len(world.network.connects) == 1


async def test_no_way_back_from_https(authority):
    world = World(tls=authority.client_context())
    secure = authority.server_context(["api.example.net"])
    async with world.serving(answering(redirect("http://api.example.net/")), port=443, tls=secure):
        with pytest.raises(RefusedURL) as caught:
            await world.client.fetch(Request("GET", "https://api.example.net/"))
    assert caught.value.code == "downgrade" and world.network.connects == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "//127.0.0.1/",
        "http://u:p@example.org/",
        "https://api.example.net:22/",
        "javascript:alert(1)",
        "\\\\127.0.0.1\\",
        "http://api.example.net\\@127.0.0.1/",
        "http://0x7f.1/",
        "///127.0.0.1/",
        "http:/\t/127.0.0.1/",
        "http://redis/",
        "ftp://example.org/",
        "http://%31%32%37.0.0.1/",
        "http://example.org%2f@127.0.0.1/",
    ],
)
async def test_redirects_that_are_refused(world, location):
    with pytest.raises((RefusedURL, RequestFailed)):
        await fetched(world, Request("GET", URL), redirect(location))
    assert {host for host, _ in world.network.connects} == {PUBLIC}


async def test_a_client_that_follows_nothing_hands_the_redirect_over():
    world = World(max_redirects=0)
    response, _ = await fetched(world, Request("GET", URL), redirect("http://127.0.0.1/"))
    assert response.status == 302


# Names that change


async def test_a_name_is_asked_once_for_each_connection(world):
    world.names.table["api.example.net"] = [[PUBLIC], ["127.0.0.1"]]
    await fetched(world, Request("GET", URL), OK)
    assert world.names.asked == ["api.example.net"] and world.network.connects == [(PUBLIC, 80)]


async def test_a_name_that_changes_between_redirects_is_caught(world):
    world.names.table["api.example.net"] = [[PUBLIC], ["127.0.0.1"]]
    with pytest.raises(RefusedURL):
        await fetched(world, Request("GET", URL), redirect("/again"), OK)
    assert world.network.connects == [(PUBLIC, 80)]


async def test_the_next_address_is_tried(world):
    world.names.table["api.example.net"] = ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", PUBLIC]
    world.network.dead = {"2606:2800:21f:cb07:6820:80da:af6b:8b2c"}
    response, _ = await fetched(world, Request("GET", URL), OK)
    assert response.status == 200 and len(world.network.connects) == 2


async def test_a_name_server_that_never_answers():
    world = World(dns_seconds=0.05)

    async def silent(host, port):
        await asyncio.Event().wait()

    world.client._guard._resolver = silent
    with pytest.raises(RequestFailed) as caught:
        await asyncio.wait_for(world.client.fetch(Request("GET", URL)), 30)
    assert caught.value.code == "dns"


@pytest.mark.parametrize("answers", [["not an address"], ["fe80::1%eth0"], ["127.0.0.1%lo"], [PUBLIC, "::"]])
async def test_odd_answers_of_a_name_server(world, answers):
    world.names.table["api.example.net"] = answers
    with pytest.raises(RefusedURL):
        await world.client.fetch(Request("GET", URL))
    assert world.network.connects == []


# Bodies


async def test_gzip(world):
    assert (await body_of(world, "Content-Encoding: gzip\r\n", gzip.compress(b"x" * 5000))).body == b"x" * 5000


async def test_gzip_of_several_members(world):
    data = gzip.compress(b"a") + gzip.compress(b"b" * 200_000)
    assert (await body_of(world, "Content-Encoding: x-gzip\r\n", data)).body == b"a" + b"b" * 200_000


@pytest.mark.parametrize("wbits", [15, -15])
async def test_deflate_in_both_of_its_forms(world, wbits):
    packer = zlib.compressobj(wbits=wbits)
    data = packer.compress(b"hello" * 1000) + packer.flush()
    assert (await body_of(world, "Content-Encoding: deflate\r\n", data)).body == b"hello" * 1000


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"abc" * 99)[:-5], b"not gzip", gzip.compress(b"a") + b"garbage"],
    ids=["cut", "something else", "garbage behind it"],
)
async def test_damaged_bodies(world, data):
    with pytest.raises(RequestFailed) as caught:
        await body_of(world, "Content-Encoding: gzip\r\n", data)
    assert caught.value.code == "bad_response"


async def test_many_small_members_are_a_bomb_too(world):
    with pytest.raises(RequestFailed) as caught:
        await body_of(world, "Content-Encoding: gzip\r\n", gzip.compress(b"\0" * 60_000) * 40)
    assert caught.value.code == "too_large"


async def test_a_body_that_ends_too_early(world):
    with pytest.raises(RequestFailed) as caught:
        await fetched(world, Request("GET", URL), b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
    assert caught.value.code == "bad_response"


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH\r\n", b"", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2**20 + b"\r\n\r\n"])
async def test_what_is_no_http(world, data):
    with pytest.raises(RequestFailed):
        await fetched(world, Request("GET", URL), data)


async def test_exactly_the_cap_is_allowed():
    world = World(max_bytes=1000)
    assert len((await body_of(world, "", b"x" * 1000)).body) == 1000


async def test_head_announces_a_length_without_a_body(world):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\nContent-Encoding: gzip\r\n\r\n"
    response, _ = await fetched(world, Request("HEAD", URL), head)
    assert response.status == 200 and response.body == b""


async def test_a_body_is_streamed(world):
    async with world.serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000)):
        async with world.client.stream(Request("GET", URL)) as answer:
            sizes = [len(chunk) async for chunk in answer.chunks]
    assert sum(sizes) == 300_000 and len(sizes) > 1


async def test_json_and_text(world):
    response = await body_of(world, "Content-Type: text/plain; charset=cp1251\r\n", "да".encode("cp1251"))
    assert response.text == "да"
    with pytest.raises(RequestFailed):
        response.json()
    assert (await body_of(world, "", b'{"a": 1}')).json() == {"a": 1}


async def test_json_that_is_too_deep_is_a_failure(world):
    response = await body_of(world, "", b"[" * 100_000)
    with pytest.raises(RequestFailed):
        response.json()


# What is said


async def test_nothing_but_the_host_is_logged_or_said(world, caplog):
    caplog.set_level(logging.DEBUG)
    request = Request("POST", "http://api.example.net/hush?hush=1", headers={"X-A": "hush"}, content=b"hush")
    response, _ = await fetched(world, request, OK)
    with pytest.raises(RequestFailed) as caught:
        await world.client.fetch(Request("GET", "http://start.example.net:8080/hush"))
    assert "api.example.net" in caplog.text
    assert "hush" not in caplog.text + repr(request) + repr(response) + str(caught.value)


async def test_a_server_that_is_not_there(world):
    with pytest.raises(RequestFailed) as caught:
        await world.client.fetch(Request("GET", URL))
    assert caught.value.code == "connect" and not caught.value.permanent


def test_tasks_and_commands_call_without_an_event_loop():
    with pytest.raises(RefusedURL):
        fetch_sync(Request("GET", "http://127.0.0.1/"))

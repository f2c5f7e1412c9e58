"""Servers that are slow, broken, hostile or something else: each call ends in time with an error of ours."""

import asyncio
import threading

import pytest

from integrations.ollama.client import OllamaClient
from integrations.ollama.wire import read_in_memory, read_installed
from integrations.providers.errors import ProviderError
from integrations.providers.pool import Account
from tests.integrations.ollama.server import GIB


def answers(body, status=200, **headers):
    return lambda handler: handler.answer(body, status, **headers)


def says(data, **headers):
    return lambda handler: handler.raw(data, **headers)


async def code_of(call):
    with pytest.raises(ProviderError) as caught:
        await call
    return caught.value.code


def account(server, key=""):
    return Account("openai", server.url, key)


HOSTILE = {
    "not JSON": says(b"<html>"),
    "not UTF-8": says(b'{"models": "\xff\xfe"}'),
    "a list": answers([1, 2]),
    "null": answers(None),
    "a number for the list": answers({"models": 7}),
    "an object for the list": answers({"models": {"name": "x"}}),
    "too deep": says(b"[" * 100_000),
    "too long": says(b'{"models": [' + b" " * 5_000_000 + b"]}"),
    "packed": says(b"\x1f\x8b", Content_Encoding="gzip"),
    "cut off": says(b'{"models": []}', Content_Length="500", Connection="close"),
    "elsewhere": answers({}, 302, Location="http://169.254.169.254/api/tags"),
    "failing": answers({"error": "boom"}, 500),
    "unauthorised": answers({"error": "no"}, 405),
}


@pytest.mark.parametrize("fault", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("path", ["/api/tags", "/api/ps"])
async def test_an_answer_that_makes_no_sense_is_an_unavailable_server(ollama, path, fault):
    ollama.faults[path] = fault
    async with OllamaClient(account(ollama)) as client:
        assert await code_of(client.look()) in {"unavailable", "timeout", "cut_stream"}
    assert len(ollama.gets) <= 2


def test_members_that_make_no_sense_are_left_out():
    rows = [None, 7, {}, {"name": 5}, {"name": ""}, {"name": "a\x00b"}, {"name": "x" * 300}, {"name": "a", "size": "1"}]
    assert [model.name for model in read_installed({"models": rows})] == ["a:latest"]
    sizes = [10**30, -5, True, 1.5, None, "7", 3 * GIB]
    strange = [{"name": f"m{n}", "size_vram": size, "expires_at": "soon"} for n, size in enumerate(sizes)]
    assert [model.size for model in read_in_memory({"models": strange})] == [0, 0, 0, 0, 0, 0, 3 * GIB]
    assert len(read_installed({"models": [{"name": f"m{n}"} for n in range(5000)]})) == 1000
    assert len(read_installed({"models": [{"name": "a"}, {"name": "a:latest"}]})) == 1


@pytest.mark.parametrize(
    "text", ["2318-11-05T10:00:00.123456789Z", "2026-11-21T12:00:00.1+03:00", "9999-12-31T23:59:59Z"]
)
def test_times_as_go_writes_them_are_read(text):
    (model,) = read_in_memory({"models": [{"name": "a", "expires_at": text}]})
    assert model.until is not None


def test_without_a_graphics_card_the_whole_size_counts():
    (model,) = read_in_memory({"models": [{"name": "a", "size": 5, "size_vram": 0}]})
    assert model.size == 5


@pytest.mark.parametrize("fault", [answers({"object": "list"}), answers({}, 404), answers({"version": 5}), says(b"ok")])
async def test_what_is_not_ollama_says_so(ollama, fault):
    ollama.faults["/api/version"] = fault
    async with OllamaClient(account(ollama)) as client:
        assert await client.version() == ""


async def test_a_server_that_fails_may_still_be_one(ollama):
    ollama.faults["/api/version"] = answers({}, 503)
    async with OllamaClient(account(ollama)) as client:
        assert await code_of(client.version()) == "unavailable"


async def test_a_server_that_hangs_is_given_up_in_time_and_blocks_nothing(ollama):
    ollama.hold("/api/tags")
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    async with OllamaClient(account(ollama), look_seconds=0.3) as client:
        assert await code_of(client.look()) == "timeout"
    ticking.cancel()
    assert ticks > 5


async def test_a_server_that_drips_is_given_up_in_time(ollama):
    stop = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not stop.wait(0.05):
            handler.wfile.write(b" ")

    ollama.faults["/api/tags"] = drip
    async with OllamaClient(account(ollama), look_seconds=0.3) as client:
        assert await code_of(client.look()) == "timeout"
    stop.set()


async def test_an_address_that_is_not_opened_is_not_called(ollama, settings):
    settings.INTERNAL_HOSTS = []
    async with OllamaClient(account(ollama)) as client:
        assert await code_of(client.look()) == "unavailable"
    assert ollama.gets == []


async def test_the_key_goes_along(ollama):
    seen = []

    def note(handler):
        seen.append(handler.headers["Authorization"])
        handler.answer({"models": []})

    ollama.faults["/api/ps"] = note
    async with OllamaClient(account(ollama, "sk-own")) as client:
        await client.in_memory()
    assert seen == ["Bearer sk-own"]


async def test_what_is_gone_needs_no_unloading(ollama):
    async with OllamaClient(account(ollama)) as client:
        await client.unload("gone:1b")
        assert await code_of(client.load("gone:1b")) == "model_not_found"

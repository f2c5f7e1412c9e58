"""Clients that ask and do not read: the server's memory is not theirs."""

import json
import socket
import time

import httpx
import pytest
from django.conf import settings
from websockets.sync.client import connect

from tests.e2e.conftest import Product
from tests.model_server import model_server

pytestmark = pytest.mark.e2e

MEGABYTE = 1024 * 1024
# The longest that the product keeps.
ANSWER_LENGTH = settings.ANSWER_MAX_LENGTH


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    if not settings.EMBEDDED:
        pytest.skip("the embedded run has the product of one process")
    folder = tmp_path_factory.mktemp("product")
    with model_server() as models:
        made = Product(folder, LOCAL_LLM_URL=models.url, LOCAL_LLM_MODEL="long", CHAT_ANONYMOUS="true")
        try:
            yield made.start()
        finally:
            made.kill()


@pytest.fixture(scope="module")
def turn(product):
    """A finished turn whose answer is a quarter of a megabyte."""
    with httpx.stream("POST", f"{product.url}/api/v1/turns", json={"message": "long"}, headers=SSE) as response:
        turn = response.headers["X-Turn-ID"]
        assert sum(len(part) for part in response.iter_bytes()) > ANSWER_LENGTH
    return turn


SSE = {"accept": "text/event-stream"}


def memory(product):
    """Resident memory of the server in bytes."""
    with open(f"/proc/{product.process.pid}/statm") as pages:
        return int(pages.read().split()[1]) * 4096


def quiet_memory(product, seconds=2.0):
    """The memory once the server has stopped allocating."""
    highest, since = 0, time.monotonic()
    while time.monotonic() - since < seconds:
        if (now := memory(product)) > highest + MEGABYTE:
            highest, since = now, time.monotonic()
        time.sleep(0.05)
    return highest


def not_reading(product):
    """A connection whose buffers are small."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024)
    link.connect(("127.0.0.1", product.port))
    return link


def test_a_socket_that_asks_for_everything_again_and_again_and_reads_nothing(product, turn):
    before = quiet_memory(product)
    with connect(f"ws://127.0.0.1:{product.port}/ws/chat", sock=not_reading(product), max_queue=1) as client:
        for _ in range(500):
            client.send(json.dumps({"resume": turn, "after": 0}))
        assert quiet_memory(product) - before < 40 * MEGABYTE
        with connect(f"ws://127.0.0.1:{product.port}/ws/chat") as other:
            other.send(json.dumps({"resume": turn, "after": 2}))
            assert json.loads(other.recv(timeout=30))["seq"] == 3
        client.socket.close()


def test_a_slow_reader_gets_everything_once_and_in_order(product, turn):
    with connect(
        f"ws://127.0.0.1:{product.port}/ws/chat", sock=not_reading(product), max_queue=1, max_size=None
    ) as client:
        client.send(json.dumps({"resume": turn, "after": 0}))
        frames = []
        while not frames or frames[-1]["type"] != "done":
            frames.append(json.loads(client.recv(timeout=30)))
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert len("".join(frame["content"] for frame in frames if frame["type"] == "delta")) == ANSWER_LENGTH

"""Back-pressure under the server that production uses: what a client does not read is not piled up."""

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx
import pytest

from benchmarks.stack import free_port
from tests.config.flow_application import PART, PARTS
from tests.e2e.conftest import ROOT

UPGRADE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
REQUESTS = {"stream": "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "socket": UPGRADE}


@contextmanager
def daphne(tmp_path, **environment):
    port = free_port()
    command: list[str | Path] = [Path(sys.executable).parent / "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0"]
    with (tmp_path / "server.log").open("wb") as log:
        environment = {"PATH": "/usr/bin", "PYTHONPATH": str(ROOT), **environment}
        process = subprocess.Popen(
            [*command, "tests.config.flow_application:application"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        eventually(lambda: sent(port) == 0)
        yield port
    finally:
        process.kill()
        process.wait()


def sent(port):
    # Asked many times a second: httpx would read all certificates for each.
    link = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/sent")
        return int(link.getresponse().read())
    except (OSError, HTTPException):
        return None
    finally:
        link.close()


def eventually(probe, seconds=30):
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)
    return value


def level(port):
    """How many parts were taken, once that does not change any more."""
    seen = [-1, sent(port)]
    while seen[-1] != seen[-5 if len(seen) > 5 else 0]:
        time.sleep(0.05)
        seen.append(sent(port))
    return seen[-1]


@pytest.fixture
def client():
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
        yield link


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_sender_waits_for_its_reader(tmp_path, client, kind):
    with daphne(tmp_path) as port:
        client.connect(("127.0.0.1", port))
        client.sendall(REQUESTS[kind].encode())
        eventually(lambda: sent(port))
        # The kernel takes some megabytes of the thirty by itself.
        assert level(port) < PARTS // 2
        received = 0
        while received < PARTS * len(PART):
            received += len(client.recv(1024 * 1024))
        eventually(lambda: sent(port) == PARTS)


@pytest.mark.parametrize("kind", REQUESTS)
def test_who_never_reads_is_let_go(tmp_path, client, kind):
    with daphne(tmp_path, STALLED_SECONDS="0.3") as port:
        client.connect(("127.0.0.1", port))
        client.sendall(REQUESTS[kind].encode())
        # The application goes on into nothing once the connection is gone.
        eventually(lambda: sent(port) == PARTS)
        received = 0
        try:
            while part := client.recv(1024 * 1024):
                received += len(part)
        except ConnectionResetError:
            pass
        assert received < PARTS * len(PART) // 2


def test_responses_on_a_kept_connection_follow_each_other(tmp_path):
    with daphne(tmp_path) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as kept:
        for number in (1, 2):
            assert len(kept.get("/").content) == PARTS * len(PART)
            assert kept.get("/sent").text == str(number * PARTS)

"""Emulated providers: one that breaks on demand and judges its client, and one that is GigaChat."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.stack import free_port
from tests.integrations.gigachat_server import GigaChatServer, certificate, gigachat_server
from tests.model_server import reachable

# The package brings no `__main__`; its `llmock` command may be absent from PATH.
START = "from llmock.cli import app; app()"


class Emulator:
    """OpenAI's and Anthropic's APIs as an independent project emulates them."""

    def __init__(self, url: str) -> None:
        self.openai = f"{url}/v1"
        self.anthropic = f"{url}/anthropic"
        self._admin = httpx.Client(base_url=f"{url}/_llmock", timeout=30)

    def behaves(self, *behaviors: dict[str, Any]) -> None:
        """What the next requests meet, for example `{"type": "fail", "status": 429}`."""
        self._admin.post("/scenario", json={"behaviors": behaviors}).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        return self._admin.get("/requests").json()["requests"]

    def verdict(self) -> dict[str, Any]:
        return self._admin.get("/verdict").json()

    def reset(self) -> None:
        self._admin.post("/reset").raise_for_status()


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-c", START, "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _await_answer(f"{url}/_llmock/scenario", process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the emulator ended"
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the emulator did not start")


@pytest.fixture
def emulator(emulator_process: str) -> Iterator[Emulator]:
    made = Emulator(emulator_process)
    made.reset()
    with reachable(int(emulator_process.rpartition(":")[2])):
        yield made


@pytest.fixture(scope="session")
def giga_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("gigachat"))


@pytest.fixture
def giga(giga_certificate: Path, settings: Any) -> Iterator[GigaChatServer]:
    """A GigaChat whose certificate authority the product is told about."""
    with gigachat_server(giga_certificate) as server:
        settings.GIGACHAT_AUTH_URL = server.auth_url
        settings.GIGACHAT_CA_BUNDLE_FILE = str(giga_certificate)
        with reachable(server.server_port):
            yield server

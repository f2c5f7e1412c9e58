"""The Bot API emulator `telegram-test-api` (npm) as a process: a bot on its one side, a tester on the other."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.stack import free_port
from tests.e2e.conftest import ROOT

TOKEN = "123456:AAtests-only-token-that-is-not-real"
START = """
const TelegramServer = require("telegram-test-api");
new TelegramServer({ port: Number(process.argv[1]), host: "127.0.0.1", storage: "RAM", storeTimeout: 600 }).start();
"""
MODULES = Path(os.environ.get("NODE_MODULES", ROOT / "node_modules"))


class Emulator:
    """`chat_id` is the group of the operators; what the tester sends comes to the bot as from a person."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.url, timeout=10)

    def is_up(self) -> bool:
        try:
            return self.history() == []
        except httpx.HTTPError:
            return False

    def history(self) -> list[dict[str, Any]]:
        """What the bot has said, as it stands there now."""
        found = self._http.post("/getUpdatesHistory", json={"token": TOKEN}).json()["result"]
        return [
            {**entry["message"], "message_id": entry["messageId"]}
            for entry in found
            if "chat_id" in entry.get("message", {})
        ]

    def said(self, words: str) -> dict[str, Any] | None:
        return next((message for message in self.history() if words in message["text"]), None)

    def write(self, person: int, chat: dict[str, Any], text: str, **more: Any) -> None:
        message = {"botToken": TOKEN, "from": {"id": person, "is_bot": False, "first_name": "Olga"}, "chat": chat}
        self._http.post("/sendMessage", json={**message, "text": text, **more}).raise_for_status()

    def press(self, person: int, message: dict[str, Any], button: str) -> None:
        buttons = [one for row in message["reply_markup"]["inline_keyboard"] for one in row]
        data = next(one["callback_data"] for one in buttons if one["text"] == button)
        chat = {"id": int(message["chat_id"]), "type": "supergroup"}
        query = {"botToken": TOKEN, "from": {"id": person, "is_bot": False, "first_name": "Olga"}, "data": data}
        shown = {"message_id": message["message_id"], "chat": chat}
        self._http.post("/sendCallback", json={**query, "message": shown}).raise_for_status()


@contextmanager
def emulator() -> Iterator[Emulator]:
    """Skips the test where the emulator is not installed: `npm ci --ignore-scripts` does that."""
    node = shutil.which("node")
    if node is None or not (MODULES / "telegram-test-api").is_dir():
        pytest.skip("telegram-test-api is not installed: run npm ci --ignore-scripts")
    port = free_port()
    environment = {**os.environ, "NODE_PATH": str(MODULES)}
    process = subprocess.Popen([node, "-e", START, str(port)], env=environment, stdout=subprocess.DEVNULL)
    try:
        made = Emulator(port)
        until(made.is_up)
        yield made
    finally:
        process.kill()
        process.wait()


def until[T](probe: Callable[[], T], seconds: float = 60) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := probe():
            return value
        time.sleep(0.05)
    raise AssertionError("did not happen in time")

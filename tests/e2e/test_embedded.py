"""One command, one process: what a newcomer meets."""

import json
import signal
import sqlite3
import subprocess
import sys

import httpx
import pytest
from websockets.sync.client import connect

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.e2e


def ask(product, message="Расскажи"):
    return httpx.post(f"{product.url}/api/v1/chat/stream", json={"message": message}, timeout=20)


def test_it_starts_tells_the_log_in_once_answers_stops_and_has_nothing_left_to_prepare(fresh_product, models):
    product = fresh_product
    models.gate.set()
    said = product.start().output()
    assert "Collecting static files" in said
    assert "Preparing the database" in said
    login = httpx.post(f"{product.url}/api/v1/auth/login", json={"email": "admin", "password": product.password()})
    assert login.status_code == 200
    product.until(lambda: product.answers("/health/ready"))
    answer = httpx.post(f"{product.url}/api/chat", json={"message": "привет"}, timeout=20).json()
    assert answer["response"] == "слово0 "
    assert answer["model"] == "local-llm-slow"
    assert product.stop() == 0
    seen = product.output()
    said = product.start().output().removeprefix(seen)
    assert "is ready" in said
    assert not [word for word in ("Preparing", "Collecting", "shown once") if word in said]
    assert product.stop(signal.SIGTERM) == 0


def test_a_taken_port_is_said_in_words(product):
    product.start()
    second = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=product.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert "Cannot listen on 127.0.0.1" in second.stderr
    assert "Traceback" not in second.stderr


def read_until(socket, kind):
    frames = []
    while not frames or frames[-1]["type"] != kind:
        frames.append(json.loads(socket.recv(timeout=10)))
    return frames


def test_killed_in_mid_answer_nothing_that_was_shown_is_lost(product, models):
    product.start()
    with connect(f"ws://127.0.0.1:{product.port}/ws/chat") as socket:
        socket.send(json.dumps({"message": "длинный ответ", "delta": True}))
        shown = ""
        while len(shown) < 300:
            frame = json.loads(socket.recv(timeout=10))
            shown += frame["content"] if frame["type"] == "delta" else ""
        product.kill()

    product.start()
    database = sqlite3.connect(product.folder / "data" / "switchboard.sqlite3")
    row = product.until(
        lambda: database.execute(
            "SELECT t.state, t.error_code, m.content, m.state FROM chat_turn t"
            " JOIN chat_message m ON m.id = t.answer_id WHERE t.state NOT IN ('running', 'pending')"
        ).fetchone()
    )
    assert row[0] == "failed" and row[1] == "interrupted" and row[3] == "partial"
    assert row[2].startswith(shown)
    calls = database.execute("SELECT outcome, error_code, output_tokens > 50 FROM integrations_usagerecord").fetchall()
    assert calls == [("failed", "interrupted", 1)]


def test_an_answer_survives_the_client(product, models):
    product.start()
    with connect(f"ws://127.0.0.1:{product.port}/ws/chat") as socket:
        socket.send(json.dumps({"message": "x", "delta": True}))
        read_until(socket, "delta")
    models.gate.set()
    database = sqlite3.connect(product.folder / "data" / "switchboard.sqlite3")
    assert product.until(lambda: database.execute("SELECT 1 FROM chat_turn WHERE state = 'done'").fetchone())

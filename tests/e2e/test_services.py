"""The service mode: web, workers and beat as processes of their own, on PostgreSQL and Redis."""

import json
import signal

import httpx
import psycopg
import pytest
from django.conf import settings
from websockets.sync.client import connect

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(settings.EMBEDDED, reason="the embedded run has no service mode: REDIS_URL names it"),
]


def turns(services):
    with psycopg.connect(**services.database) as link:
        return link.execute(
            "SELECT t.state, t.error_code, m.content FROM chat_turn t JOIN chat_message m ON m.id = t.answer_id"
        ).fetchall()


def test_an_answer_crosses_the_processes_and_a_killed_worker_loses_nothing(services, models):
    services.start_all()
    with connect(f"ws://127.0.0.1:{services.port}/ws/chat") as socket:
        socket.send(json.dumps({"message": "длинный ответ", "delta": True}))
        shown = ""
        while len(shown) < 300:
            frame = json.loads(socket.recv(timeout=20))
            shown += frame["content"] if frame["type"] == "delta" else ""
        services.kill("ai")
        services.start_worker("ai2", "ai")
        frames = []
        while not frames or frames[-1]["type"] != "done":
            frames.append(json.loads(socket.recv(timeout=60)))
    shown += "".join(frame["content"] for frame in frames if frame["type"] == "delta")
    assert [frame["type"] for frame in frames[-3:]] == ["content", "error", "done"]
    assert frames[-3]["content"] == shown
    assert turns(services) == [("failed", "interrupted", shown)]

    models.gate.set()
    answer = httpx.post(f"{services.url}/api/chat", json={"message": "ещё раз"}, timeout=30).json()
    assert answer["response"] == "слово0 "


def test_processes_stop_when_they_are_told_to(services):
    services.start_all()
    for name in list(services.processes):
        services.kill(name, signal.SIGTERM)

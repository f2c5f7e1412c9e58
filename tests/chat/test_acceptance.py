"""What clients of the assistant's wire rely on, from one end to the other, as its contract lists it."""

import json

import pytest
from channels.db import database_sync_to_async

from accounts.services.tokens import issue_user_token
from chat.models import Experience, Turn
from tests.chat.conftest import eventually, streamed
from tests.chat.memory.conftest import confirmed
from tests.chat.test_socket import Socket
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = {"type", "stage", "content", "metadata"}


@pytest.fixture(autouse=True)
def open_to_anybody(settings):
    settings.CHAT_ANONYMOUS = True


def stream(api, **query):
    """The stream's body, and its chunks."""
    body = streamed(api.get("/api/chat/stream", query))
    return body, [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]


def test_the_stream_ends_with_the_answer_in_cyrillic_and_done(api, runner, connected):
    connected("echo")
    body, chunks = stream(api, message="Привет, что такое чай?")
    assert all(set(chunk) == KEYS for chunk in chunks)
    assert [chunk["type"] for chunk in chunks[-2:]] == ["content", "done"]
    assert [chunk["type"] for chunk in chunks].count("content") == 1
    assert {chunk["type"] for chunk in chunks[:-2]} == {"stage"}
    assert ANSWER in body
    assert "\\u" not in body
    assert body.startswith("id: 1\n")


def test_the_stream_ends_with_done_when_it_fails_and_a_reconnect_asks_nothing(api, runner, connected):
    connected("broken")
    _, chunks = stream(api, message="What is tea?")
    assert all(set(chunk) == KEYS for chunk in chunks)
    assert [chunk["type"] for chunk in chunks[-2:]] == ["error", "done"]
    assert chunks[-1]["metadata"]["failed"] is True
    again = api.get("/api/chat/stream", {"message": "What is tea?"}, headers={"last-event-id": "3"})
    assert (again.status_code, Turn.objects.count()) == (204, 1)


def test_an_outage_is_an_error_on_every_wire_and_teaches_nothing(api, alice, runner, connected):
    connected("broken")
    api.force_authenticate(alice)
    answer = api.post("/api/chat", {"message": "What is tea?"}, format="json")
    assert (answer.status_code, set(answer.json())) == (500, {"detail"})
    stream(api, message="What is tea?")
    assert not Experience.objects.exists()
    assert api.get("/api/stats").json()["experience"]["total"] == 0


def test_typed_clients_can_read_an_answer(api, runner, connected):
    """Kotlin refuses null where a type does not allow it."""
    connected("echo")
    body = {"message": "What is tea?", "context": None, "useMemory": True}
    answer = api.post("/api/chat", body, format="json").json()
    assert isinstance(answer["response"], str)
    assert isinstance(answer["model"], str)
    assert isinstance(answer["emotion"], str)
    assert 0 <= answer["confidence"] <= 1
    assert answer["processingTime"] == answer["processing_time"] > 0
    assert answer["curiosityQuestion"] is None


def test_the_confidence_is_the_judges(api, runner, connected, models):
    connected("thinking")
    hard = {"task_type": "task", "complexity": 3, "subject": "other", "needs_tools": False, "description": "-"}
    models.thoughts = {
        "analysis": [hard],
        "verification": [{"verdict": "accepted", "score": 8, "problems": [], "comment": "-"}],
    }
    body = {"message": "Сравни два тарифа и посоветуй, какой взять"}
    assert api.post("/api/chat", body, format="json").json()["confidence"] == 0.8


async def test_a_socket_outlives_bad_frames_and_answers_question_after_question(runner, connected):
    await database_sync_to_async(connected)("echo")
    async with Socket() as socket:
        for bad in ("{not json", "[]", "7", '{"message": 5}', '{"message": "  "}', "{}"):
            await socket.communicator.send_to(text_data=bad)
            refused = await socket.communicator.receive_json_from()
            assert (refused["type"], set(refused)) == ("error", KEYS)
        for question in ("What is tea?", "Что такое чай?"):
            await socket.send(message=question, temperature=0.3, more={"keys": ["of", "no", "meaning"]})
            frames = await socket.frames()
            assert [frame["type"] for frame in frames[-2:]] == ["content", "done"]
            assert all(set(frame) == KEYS for frame in frames)


async def test_two_sockets_are_answered_side_by_side(runner, connected, models):
    await database_sync_to_async(connected)("slow")
    async with Socket() as one, Socket() as other:
        for socket in (one, other):
            await socket.send(message="What is tea?")
        for socket in (one, other):
            await socket.communicator.receive_json_from(timeout=10)
        running = Turn.objects.filter(state="running", started_at__isnull=False)
        await database_sync_to_async(lambda: eventually(lambda: running.count() == 2))()
        models.gate.set()
        for socket in (one, other):
            assert [frame["type"] for frame in await socket.frames()][-2:] == ["content", "done"]


async def test_a_second_question_on_a_busy_socket_is_one_error(runner, connected, models):
    await database_sync_to_async(connected)("slow")
    async with Socket() as socket:
        await socket.send(message="What is tea?")
        await socket.communicator.receive_json_from(timeout=10)
        await socket.send(message="And coffee?")
        seen = []
        while not seen or seen[-1]["type"] == "stage":
            seen.append(await socket.communicator.receive_json_from(timeout=10))
        assert (seen[-1]["type"], seen[-1]["metadata"]) == ("error", {"code": "busy"})
        models.gate.set()
        assert [frame["type"] for frame in await socket.frames()][-2:] == ["content", "done"]


async def test_stop_ends_the_models_work(runner, connected, models, alice):
    """Leaving stops nothing, so that a page can be loaded anew: saying stop does."""
    await database_sync_to_async(connected)("slow")
    token = await database_sync_to_async(issue_user_token)(alice)
    async with Socket(authorization=f"Bearer {token}") as socket:
        await socket.send(message="What is tea?")
        await socket.communicator.receive_json_from(timeout=10)
        turn = await Turn.objects.aget()
        await socket.send(stop=str(turn.pk))
        frames = await socket.frames()
        assert frames[-1]["metadata"]["state"] == "stopped"


def test_what_a_page_shows_and_presses(api, alice, runner, connected):
    """A question, the figures beside it, the context cleared, the memory reset."""
    connected("echo")
    api.force_authenticate(alice)
    confirmed(alice, "Lives in Kazan")
    api.post("/api/chat", {"message": "What is tea?"}, format="json")
    memory = api.get("/api/stats").json()["memory"]
    assert memory == {"total": 1, "session_context": 2}
    assert api.post("/api/clear-context").json()["status"] == "ok"
    assert api.post("/api/reset-memory").json()["status"] == "ok"
    assert api.get("/api/stats").json()["memory"] == {"total": 0, "session_context": 0}


def test_a_program_is_told_what_answers_at_the_root_and_a_person_gets_the_page(client):
    body = client.get("/", headers={"accept": "*/*"}).json()
    assert (set(body), body["status"]) == ({"status", "service", "version", "timestamp"}, "ok")
    assert "text/html" in client.get("/", headers={"accept": "text/html,*/*;q=0.8"})["Content-Type"]

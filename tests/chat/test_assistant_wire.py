"""POST /api/chat and GET /api/chat/stream as their documented clients use them."""

import base64
import json

import pytest

from chat.models import Conversation, Turn
from tests.chat.conftest import streamed
from tests.conftest import PASSWORD
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def open_to_anybody(settings):
    settings.CHAT_ANONYMOUS = True


def chunks(response):
    return [json.loads(line[6:]) for line in streamed(response).splitlines() if line.startswith("data: ")]


def test_a_question_without_content_type_is_answered(api, runner, connected):
    connected("echo")
    answer = api.generic("POST", "/api/chat", json.dumps({"message": "привет", "useMemory": True}), content_type="")
    body = answer.json()
    assert (answer.status_code, body["response"], body["model"]) == (200, ANSWER, "test-echo")
    assert body["timestamp"].endswith("Z")
    assert {"confidence", "processingTime", "processing_time", "emotion", "curiosityQuestion"} <= set(body)


@pytest.mark.parametrize(
    "raw", ["{not json", "", "[]", "5", '{"message": "  "}', '{"message": 7}', '{"message": null}']
)
def test_a_body_without_a_question_is_400_with_a_text(api, raw):
    answer = api.generic("POST", "/api/chat", raw, content_type="application/json")
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)
    assert not Turn.objects.exists()


def test_a_failed_model_is_500_with_a_text_and_no_secret(api, runner, connected):
    connected("forbidden")
    answer = api.post("/api/chat", {"message": "x"}, format="json")
    assert answer.status_code == 500
    assert "sk-" not in answer.json()["detail"]


def test_the_stream_has_four_keys_per_chunk_one_content_and_done_last(api, runner, connected):
    connected("echo")
    response = api.get("/api/chat/stream", {"message": "привет"}, headers={"accept": "text/event-stream"})
    assert response["Content-Type"] == "text/event-stream; charset=utf-8"
    assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("no-cache", "no")
    received = chunks(response)
    assert all(set(chunk) == {"type", "stage", "content", "metadata"} for chunk in received)
    assert [chunk["type"] for chunk in received] == ["stage", "stage", "stage", "content", "done"]
    assert [chunk["stage"] for chunk in received[:3]] == ["analysis", "retrieval", "execution"]
    assert received[3]["content"] == ANSWER
    assert received[3]["metadata"]["model"] == "test-echo"
    assert received[3]["metadata"]["timestamp"].endswith("Z")


def test_text_on_the_stream_is_not_escaped_and_events_have_ids(api, runner, connected):
    connected("echo")
    body = streamed(api.get("/api/chat/stream?message=x"))
    assert ANSWER in body
    assert "id: 1\n" in body


def test_pieces_come_only_when_asked_for(api, runner, connected):
    connected("echo")
    received = chunks(api.get("/api/chat/stream", {"message": "x", "delta": "1"}))
    assert "".join(chunk["content"] for chunk in received if chunk["type"] == "delta") == ANSWER


def test_done_follows_an_error(api, runner, connected):
    connected("broken")
    received = chunks(api.get("/api/chat/stream", {"message": "x"}))
    assert [chunk["type"] for chunk in received[-2:]] == ["error", "done"]
    assert received[-1]["metadata"]["failed"] is True


def test_a_reconnect_is_told_to_stay_away_and_asks_nothing(api):
    answer = api.get("/api/chat/stream", {"message": "x"}, headers={"last-event-id": "4"})
    assert answer.status_code == 204
    assert not Turn.objects.exists()


def test_a_blank_question_is_400(api):
    answer = api.get("/api/chat/stream", {"message": " "})
    assert (answer.status_code, type(answer.json()["detail"])) == (400, str)


def test_a_visitor_is_refused_when_anonymous_use_is_off(api, settings):
    settings.CHAT_ANONYMOUS = False
    assert api.post("/api/chat", {"message": "x"}, format="json").status_code == 401
    assert api.get("/api/chat/stream", {"message": "x"}).status_code == 401
    assert not Conversation.objects.exists()


def test_basic_authentication_when_switched_on(api, settings, alice, runner, connected):
    connected("echo")
    settings.CHAT_ANONYMOUS, settings.CHAT_BASIC_AUTH = False, True
    refused = api.post("/api/chat", {"message": "x"}, format="json")
    assert (refused.status_code, refused["WWW-Authenticate"].split()[0]) == (401, "Basic")
    login = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    api.credentials(HTTP_AUTHORIZATION=f"Basic {login}")
    assert api.post("/api/chat", {"message": "x"}, format="json").status_code == 200
    assert Conversation.objects.get().owner == alice


def test_too_many_questions_are_429_with_a_pause_and_a_text(api, settings, alice, monkeypatch):
    from chat.api.throttles import ChatThrottle

    monkeypatch.setattr(ChatThrottle, "THROTTLE_RATES", {"chat": "2/min"})
    api.force_authenticate(alice)
    answers = [api.post("/api/chat", {"message": " "}, format="json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert isinstance(answers[-1].json()["detail"], str)

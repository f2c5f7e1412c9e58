"""The figures that every client polls: true, the caller's own, and a handful of queries."""

import pytest
from django.db import DatabaseError
from django.utils import timezone

from chat.choices import Channel
from integrations.models import LoadedModel, OllamaServer
from tests.chat.about.conftest import answered, conversation_of
from tests.chat.memory.conftest import confirmed

pytestmark = pytest.mark.django_db


def test_a_fresh_server(api, alice):
    api.force_authenticate(alice)
    body = api.get("/api/stats").json()
    assert body.pop("timestamp").endswith("Z")
    assert body.pop("models")["local"] == {"code": False, "reason": False, "personality": False}
    assert body == {
        "is_processing": False,
        "memory": {"total": 0, "session_context": 0},
        "model_manager": {"current_model": None, "switches": 0, "loaded_models": [], "max_vram_gb": 8.0},
        "experience": {"total": 0, "avg_score": 0, "by_type": {}, "by_verdict": {}},
    }


def test_a_server_in_use(api, alice, model):
    provider = model.provider
    provider.serves_ollama = True
    provider.save()
    server = OllamaServer.objects.create(
        provider=provider, installed=[{"name": "big-1:latest", "size": 4}], seen_at=timezone.now(),
        current_key="code", current_at=timezone.now(), switches=3,
    )  # fmt: skip
    LoadedModel.objects.create(server=server, name="big-1:latest", since=timezone.now(), until=timezone.now())
    confirmed(alice, "Lives in Kazan", "Has two cats")
    api.force_authenticate(alice)
    body = api.get("/api/stats").json()
    assert body["memory"]["total"] == 2
    assert body["model_manager"] == {
        "current_model": "code", "switches": 3, "loaded_models": ["big-1:latest"], "max_vram_gb": 8.0,
    }  # fmt: skip
    assert set(body["models"]["cloud"]) == {"code", "universal", "vision"}


def test_the_average_is_a_number_that_pages_can_round(api, alice, judged):
    judged(alice, 9, 6)
    api.force_authenticate(alice)
    experience = api.get("/api/stats").json()["experience"]
    assert (experience["total"], experience["avg_score"]) == (2, 7.5)
    assert experience["by_type"] == {"вопрос": 2}


def test_the_context_is_that_of_the_newest_conversation_with_the_assistant(api, alice):
    api.force_authenticate(alice)
    answered(conversation_of(alice, last_activity="2026-01-01T00:00:00Z"))
    newest = conversation_of(alice)
    answered(conversation_of(alice, Channel.PAGE))
    for count in (2, 4):
        answered(newest)
        assert api.get("/api/stats").json()["memory"]["session_context"] == count
    for _ in range(12):
        answered(newest)
    assert api.get("/api/stats").json()["memory"]["session_context"] == 20
    api.post("/api/clear-context")
    assert api.get("/api/stats").json()["memory"]["session_context"] == 0
    answered(newest)
    assert api.get("/api/stats").json()["memory"]["session_context"] == 2


def test_a_caller_without_identity_is_known_by_his_address(api, settings):
    from chat.services.queueing import queue_key

    settings.CHAT_ANONYMOUS = True
    here = {"queue_key": queue_key(None, "127.0.0.1")}
    answered(conversation_of(None), state="running", **here)
    mine = api.get("/api/stats").json()
    assert (mine["is_processing"], mine["memory"]["session_context"]) == (True, 2)
    elsewhere = api.get("/api/stats", REMOTE_ADDR="203.0.113.9").json()
    assert (elsewhere["is_processing"], elsewhere["memory"]["session_context"]) == (False, 0)


def test_a_failure_is_an_error_in_a_good_answer(api, alice, monkeypatch):
    def broken(*_):
        raise DatabaseError("disk is full at /secret/place")

    monkeypatch.setattr("chat.about.figures.memory_stats", broken)
    api.force_authenticate(alice)
    answer = api.get("/api/stats")
    assert (answer.status_code, set(answer.json())) == (200, {"error", "timestamp"})
    assert "secret" not in answer.content.decode()


def test_a_handful_of_queries_however_much_there_is(api, alice, model, django_assert_max_num_queries):
    api.force_authenticate(alice)
    with django_assert_max_num_queries(9):
        api.get("/api/stats")
    confirmed(alice, *(f"Likes thing{n} of kind{n}" for n in range(30)))
    conversation = conversation_of(alice)
    for _ in range(30):
        answered(conversation)
    with django_assert_max_num_queries(9):
        api.get("/api/stats")

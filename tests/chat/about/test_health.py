"""Health and status say what is so."""

import time
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext, override

from chat.about import uptime
from config import VERSION
from integrations.models import AIProvider, OllamaServer
from tests.chat.about.conftest import answered, conversation_of
from tests.chat.memory.conftest import confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(api, alice):
    """What a route says to alice."""
    api.force_authenticate(alice)
    return lambda route, **headers: api.get(f"/api/{route}", headers=headers).json()


def test_a_healthy_assistant(asked, model):
    body = asked("health")
    assert body.pop("timestamp").endswith("Z")
    assert type(body.pop("uptime")) is int
    assert set(body.pop("models_ready")) >= {"local", "cloud"}
    assert body == {
        "alive": True,
        "status": "healthy",
        "is_processing": False,
        "components": {"memory": True, "ollama": False, "experience": True},
        "errors": [],
    }


def test_the_time_since_the_start_is_in_seconds(asked, monkeypatch):
    monkeypatch.setattr(uptime.time, "monotonic", lambda begun=uptime._begun: begun + 90.9)
    assert asked("health")["uptime"] == 90


def test_without_a_model_it_is_degraded_and_says_so_in_both_languages(asked):
    body = asked("health")
    assert (body["status"], body["errors"]) == ("degraded", ["No language model can be asked."])
    with override("ru"):
        assert asked("health", **{"accept-language": "ru"})["errors"] == [gettext("No language model can be asked.")]


def test_a_provider_that_is_down_is_named_and_no_more(asked, model):
    AIProvider.objects.update(healthy=False, last_error="refused by 10.0.0.7")
    body = asked("health")
    assert body["errors"] == ["House server: no answer.", "No language model can be asked."]


def test_an_ollama_server_counts_while_it_answers(asked, model):
    AIProvider.objects.update(serves_ollama=True)
    server = OllamaServer.objects.create(provider=model.provider, seen_at=timezone.now())
    assert asked("health")["components"]["ollama"] is True
    server.seen_at = timezone.now() - timedelta(minutes=5)
    server.save()
    assert asked("health")["components"]["ollama"] is False
    server.seen_at, server.failing_since = timezone.now(), timezone.now()
    server.save()
    assert asked("health")["components"]["ollama"] is False


def test_memory_that_is_switched_off_is_not_said_to_be_there(asked, settings):
    settings.MEMORY_ENABLED = False
    assert asked("health")["components"]["memory"] is False


def test_a_database_that_cannot_be_read_is_said(asked, monkeypatch):
    def broken(*_):
        raise DatabaseError("at /secret/place")

    monkeypatch.setattr("chat.about.health.is_processing", broken)
    body = asked("health")
    assert (body["alive"], body["status"], body["errors"]) == (
        True, "unhealthy", ["The database cannot be read right now."],
    )  # fmt: skip
    assert body["components"] == {"memory": False, "ollama": False, "experience": False}


def test_no_server_is_asked_and_the_queries_are_few(api, alice, model, django_assert_max_num_queries):
    api.force_authenticate(alice)
    for route in ("health", "status"):
        with django_assert_max_num_queries(9):
            api.get(f"/api/{route}")


def test_the_status_has_the_fields_of_both_generations(asked, alice, model, settings):
    confirmed(alice, "Lives in Kazan", "Has two cats")
    settings.MEMORY_LIMITS = {"working": 2, "long_term": 6}
    before = time.time()
    body = asked("status")
    assert body == {
        "online": True, "isOnline": True, "version": VERSION, "mood": "curious", "memory_count": 2,
        "memoryUsage": 0.25, "lastSeen": body["lastSeen"], "activeModels": ["big-1"],
    }  # fmt: skip
    assert type(body["lastSeen"]) is int
    assert before * 1000 - 1 <= body["lastSeen"] <= time.time() * 1000 + 1


def test_the_use_of_memory_is_a_share(asked, alice, settings):
    confirmed(alice, "Lives in Kazan", "Has two cats")
    settings.MEMORY_LIMITS = {"working": 1}
    assert asked("status")["memoryUsage"] == 1.0


def test_models_of_a_server_that_is_down_are_not_active(asked, model):
    AIProvider.objects.update(healthy=False)
    assert asked("status")["activeModels"] == []
    AIProvider.objects.update(healthy=True, checked_at=timezone.now() - timedelta(hours=1))
    assert asked("status")["activeModels"] == []


def test_the_mood_follows_what_is_so(asked, alice, model, judged):
    judged(alice, 9, 10)
    assert asked("status")["mood"] == "happy"
    turn = answered(conversation_of(alice), state="running")
    assert asked("status")["mood"] == "thoughtful"
    turn.delete()
    AIProvider.objects.update(healthy=False)
    assert asked("status")["mood"] == "calm"

"""Servers are recognised, looked at in the background, and what is not known is not said."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.api import utc_z
from integrations.models import AIModel, AIProvider, LoadedModel, ModelRole, OllamaServer
from integrations.ollama import seats, tasks
from integrations.ollama.client import OllamaClient
from integrations.ollama.memory import keep_look
from integrations.ollama.report import available_models_json, model_manager_json, models_ready_json
from integrations.ollama.wire import InMemory, Installed, Seen
from integrations.services.environment import sync_from_environment
from integrations.services.providers import check_provider
from tests.integrations.ollama.conftest import look, register, role
from tests.integrations.ollama.server import GIB, ollama_server
from tests.integrations.ollama.test_at_once import wish
from tests.model_server import model_server

pytestmark = pytest.mark.django_db(transaction=True)
NOT_READY = {
    "local": {"code": False, "reason": False, "personality": False},
    "cloud": {"code": False, "universal": False, "vision": False},
}


def refreshed(provider):
    return AIProvider.objects.get(pk=provider.pk)


def nobody_has_looked_for(minutes):
    then = timezone.now() - timedelta(minutes=minutes)
    OllamaServer.objects.update(seen_at=then)
    AIProvider.objects.update(checked_at=then)


def test_a_server_is_recognised_when_it_is_first_tested(ollama, provider):
    assert provider.serves_ollama is True
    assert provider.ollama.version == "0.12.3"
    assert available_models_json() == {"models": ["coder:7b", "mistral:7b", "small:latest"]}


def test_another_server_of_the_same_dialect_is_asked_only_once(transactional_db):
    with model_server() as other:
        found = register(other, "echo")
        check_provider(found)
        assert refreshed(found).serves_ollama is False
    assert not OllamaServer.objects.exists()
    assert available_models_json() == {"models": []}


def test_a_server_that_is_something_else_now_is_asked_again_before_it_is_believed(ollama, provider):
    ollama.faults["/api/version"] = lambda handler: handler.answer({}, 404)
    look(provider)
    assert refreshed(provider).serves_ollama is None
    check_provider(refreshed(provider))
    assert refreshed(provider).serves_ollama is False
    ollama.faults.clear()
    check_provider(refreshed(provider))
    assert refreshed(provider).serves_ollama is False
    check_provider(refreshed(provider), anew=True)
    assert refreshed(provider).serves_ollama is True


def test_what_the_environment_names_is_ready_after_the_start(ollama, transactional_db, settings):
    settings.LOCAL_LLM_URL, settings.LOCAL_LLM_MODEL = ollama.url, ""
    ollama.installed["gpt-oss:120b-cloud"] = 400
    sync_from_environment()
    local = dict(AIModel.objects.filter(provider__key="local-llm").values_list("name", "is_local"))
    assert local == {"coder:7b": True, "mistral:7b": True, "small:latest": True, "gpt-oss:120b-cloud": False}
    assert available_models_json() == {"models": list(ollama.installed)}
    ready = models_ready_json()
    assert ready["local"] == {"code": True, "reason": True, "personality": True}
    assert ready["cloud"] == {"code": True, "universal": True, "vision": False}


def test_another_address_is_another_server(ollama, transactional_db, settings):
    settings.LOCAL_LLM_URL = ollama.url
    sync_from_environment()
    settings.LOCAL_LLM_URL = "http://127.0.0.1:9/v1"
    sync_from_environment()
    assert AIProvider.objects.get(key="local-llm").serves_ollama is None


def test_models_that_were_taken_for_local_before_the_server_was_known_are_not(ollama, transactional_db):
    found = register(ollama, "kimi:cloud", "mistral:7b")
    check_provider(found)
    assert dict(AIModel.objects.values_list("name", "is_local")) == {"kimi:cloud": False, "mistral:7b": True}


def test_a_look_brings_the_rows_in_line_with_the_server(ollama, provider):
    ollama.loaded = {"coder:7b": 5 * GIB, "foreign:1b": GIB}
    look(provider)
    since = LoadedModel.objects.get(name="coder:7b").since
    del ollama.loaded["foreign:1b"]
    ollama.installed["new:1b"] = GIB
    look(provider)
    (row,) = LoadedModel.objects.all()
    assert (row.name, row.size, row.since) == ("coder:7b", 5 * GIB, since)
    assert "new:1b" in available_models_json()["models"]


def test_an_old_look_does_not_undo_a_switch(provider):
    old = Seen((Installed("coder:7b"),), (InMemory("mistral:7b", 4),))
    revision = OllamaServer.objects.get().revision
    switcher = wish(provider, "coder:7b")
    seats.claim(switcher)
    keep_look(provider.pk, OllamaServer.objects.get().revision, old, version="1")
    assert not LoadedModel.objects.exists()
    seats.finish(switcher, [InMemory("coder:7b", 5)])
    keep_look(provider.pk, revision, old, version="1")
    assert [model.name for model in LoadedModel.objects.all()] == ["coder:7b"]


def test_a_server_that_does_not_answer_is_named_and_since_when(ollama, provider):
    ollama.loaded = {"coder:7b": 5 * GIB}
    look(provider)
    seen_at = OllamaServer.objects.get().seen_at
    ollama.faults["/api/version"] = lambda handler: handler.answer({}, 503)
    look(provider)
    assert available_models_json() == {"models": [], "error": f"{provider.name}: no answer."}
    told = model_manager_json()
    assert told["loaded_models"] == []
    assert told["unknown_since"] == (utc_z(seen_at) if seen_at else None)
    failing = OllamaServer.objects.get().failing_since
    look(provider)
    assert OllamaServer.objects.get().failing_since == failing
    ollama.faults.clear()
    look(provider)
    assert "unknown_since" not in model_manager_json()
    assert OllamaServer.objects.get().last_error == "The provider failed."


def test_one_that_never_answered_is_named_too(transactional_db):
    dead = AIProvider.objects.create(key="dead", name="Dead", kind="openai", base_url="http://127.0.0.1:9/v1")
    check_provider(dead)
    assert available_models_json() == {"models": [], "error": "Dead: no answer."}


def test_the_task_looks_at_all_servers_at_once_and_one_that_hangs_hides_no_other(ollama, provider, monkeypatch):
    monkeypatch.setitem(OllamaClient.__init__.__kwdefaults__, "look_seconds", 0.5)
    with ollama_server() as other:
        other.has(tiny_1b=1)
        check_provider(register(other, "tiny:1b"))
        ollama.hold("/api/version")
        other.has(fresh_1b=1)
        tasks.look()
        told = available_models_json()
    assert told["models"] == ["tiny:1b", "fresh:1b"]
    assert told["error"] == f"{provider.name}: no answer."


def test_statistics_ask_no_server(ollama, provider):
    ollama.faults = dict.fromkeys(["/api/version", "/api/tags", "/api/ps"], lambda handler: handler.answer({}, 500))
    model_manager_json(), available_models_json(), models_ready_json()
    assert ollama.gets == []


def test_the_shape_of_the_statistics_before_anything_was_asked(db):
    assert model_manager_json() == {"current_model": None, "switches": 0, "loaded_models": [], "max_vram_gb": 8.0}
    assert models_ready_json() == NOT_READY


def test_a_role_is_ready_when_a_model_of_its_own_is_there(ollama, provider):
    coder = AIModel.objects.get(name="coder:7b")
    role("code", coder)
    ModelRole.objects.update(place="local")
    assert models_ready_json()["local"] == {"code": True, "reason": False, "personality": False}
    del ollama.installed["coder:7b"]
    look(provider)
    assert models_ready_json()["local"]["code"] is False
    role("reason", coder, AIModel.objects.get(name="mistral:7b"))
    assert models_ready_json()["local"]["reason"] is True


def test_what_nobody_has_looked_at_lately_is_unknown_and_not_ready(ollama, provider):
    role("code", AIModel.objects.get(name="coder:7b"))
    nobody_has_looked_for(minutes=10)
    told = models_ready_json()
    assert told["local"]["code"] is False
    assert list(told["unknown_since"]) == ["code"]
    assert "unknown_since" in model_manager_json()
    assert "error" in available_models_json()
    look(provider)
    assert models_ready_json()["local"]["code"] is True


def test_other_providers_are_ready_as_their_last_test_says(transactional_db):
    with model_server() as other:
        found = register(other, "echo")
        role("code", found.models.get())
        assert list(models_ready_json()["unknown_since"]) == ["code"]
        check_provider(found)
        assert models_ready_json()["local"]["code"] is True
    check_provider(found)
    assert (models_ready_json()["local"]["code"], "unknown_since" in models_ready_json()) == (False, False)
    check_provider(found)
    AIProvider.objects.update(healthy=True)
    nobody_has_looked_for(minutes=10)
    assert list(models_ready_json()["unknown_since"]) == ["code"]


def test_reports_take_the_same_queries_for_few_and_for_many_models(ollama, provider):
    role("code", AIModel.objects.get(name="coder:7b"))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            model_manager_json(), available_models_json(), models_ready_json()
        return len(captured)

    few = queries()
    ollama.loaded = {f"m{n}:1b": 1 for n in range(20)}
    register(ollama, *(f"m{n}:1b" for n in range(20)))
    role("reason", *AIModel.objects.all())
    look(provider)
    assert queries() == few <= 9

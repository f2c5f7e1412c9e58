"""The registry as the environment describes it."""

from types import SimpleNamespace

import pytest

from integrations.models import AIModel, AIProvider
from integrations.services.environment import sync_from_environment
from integrations.services.providers import api_key_of, set_api_key
from integrations.services.routing import default_route, route_for
from tests.model_server import model_server

pytestmark = pytest.mark.django_db


def test_without_any_key_local_answers_are_all_there_is(settings):
    sync_from_environment()
    assert default_route().model_key == "local-answers"
    assert default_route().degraded == "no_model"


def test_a_key_in_the_environment_connects_its_provider_and_is_kept_nowhere(settings):
    settings.OPENAI_API_KEY = "sk-from-the-environment"
    sync_from_environment()
    assert (default_route().provider_key, default_route().model_name) == ("openai", "gpt-4o")
    assert default_route().account.api_key == "sk-from-the-environment"
    assert "sk-from" not in str(list(AIProvider.objects.values())) + repr(default_route())


def test_a_key_that_is_gone_disconnects_its_provider(settings):
    settings.OPENAI_API_KEY = "sk-from-the-environment"
    sync_from_environment()
    settings.OPENAI_API_KEY = ""
    sync_from_environment()
    assert default_route().model_key == "local-answers"


def test_an_entered_key_takes_precedence_and_keeps_the_provider(settings, dana):
    sync_from_environment()
    provider = AIProvider.objects.get(key="openai")
    AIProvider.objects.filter(pk=provider.pk).update(enabled=True)
    set_api_key(provider, "sk-entered", actor=dana)
    settings.OPENAI_API_KEY = "sk-from-the-environment"
    sync_from_environment()
    assert api_key_of(AIProvider.objects.get(key="openai")) == "sk-entered"
    assert "sk-entered" not in str(list(AIProvider.objects.values()))


def test_a_local_server_is_asked_for_its_models(settings):
    with model_server() as server:
        settings.LOCAL_LLM_URL = server.url
        sync_from_environment()
        sync_from_environment()
    assert default_route().model_key == "local-llm-echo"
    assert AIModel.objects.filter(provider__key="local-llm").count() == 1


def test_what_a_local_model_is_for_is_seen_by_its_name(settings, monkeypatch):
    names = ["bge-reranker-v2-m3", "multilingual-e5-base", "qwen3"]
    monkeypatch.setattr("integrations.services.environment.check_provider", lambda _: SimpleNamespace(models=names))
    settings.LOCAL_LLM_URL = "http://127.0.0.1:9/v1"
    sync_from_environment()
    known = dict(AIModel.objects.filter(provider__key="local-llm").values_list("name", "kind"))
    assert [known[name] for name in names] == ["reranker", "embedding", "chat"]
    # Every search would wait for a reranker: staff switch it on.
    assert not AIModel.objects.get(kind="reranker").enabled


def test_a_provider_that_is_down_is_passed_over_and_it_is_said(settings):
    settings.LOCAL_LLM_URL, settings.LOCAL_LLM_MODEL = "http://127.0.0.1:9/v1", "llama"
    sync_from_environment()
    assert AIProvider.objects.get(key="local-llm").failing_since is not None
    assert (default_route().model_key, default_route().degraded) == ("local-answers", "provider_down")


def test_prices_that_staff_changed_survive_the_next_start(settings):
    sync_from_environment()
    AIModel.objects.filter(name="gpt-4o").update(input_price=1, title="Ours")
    sync_from_environment()
    assert AIModel.objects.get(name="gpt-4o").title == "Ours"


def test_an_unknown_or_disabled_model_falls_back_to_the_default(settings):
    sync_from_environment()
    assert route_for("nonsense").model_key == "local-answers"
    assert route_for("openai-gpt-4o").model_key == "local-answers"

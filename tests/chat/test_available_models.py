"""`available-models`: names as the last look found them, for whoever may ask, and no server is asked meanwhile."""

import pytest
from django.utils import timezone

from accounts.services.tokens import issue_user_token, issue_visitor_token
from integrations.models import AIProvider, OllamaServer

URLS = ["/api/available-models", "/api/available-models/"]


@pytest.fixture
def server(db):
    provider = AIProvider.objects.create(
        key="gpu", name="Graphics", kind="openai", base_url="http://127.0.0.1:9/v1", serves_ollama=True
    )
    rows = [{"name": "mistral:7b", "size": 4}, {"name": "qwen3-coder:480b-cloud", "size": 0}]
    return OllamaServer.objects.create(provider=provider, installed=rows, seen_at=timezone.now())


@pytest.fixture
def bearer(api):
    def get(token, url=URLS[0]):
        return api.get(url, headers={"authorization": f"Bearer {token}"})

    return get


@pytest.mark.parametrize("url", URLS)
def test_the_names_in_both_forms_of_the_address(server, alice, bearer, url):
    answer = bearer(issue_user_token(alice), url)
    assert (answer.status_code, answer.json()) == (200, {"models": ["mistral:7b", "qwen3-coder:480b-cloud"]})


def test_a_server_that_is_down_is_an_error_in_a_good_answer(server, alice, bearer):
    OllamaServer.objects.update(failing_since=timezone.now(), last_error="secret.lan cannot be reached.")
    answer = bearer(issue_user_token(alice))
    assert (answer.status_code, answer.json()) == (200, {"models": [], "error": "Graphics: no answer."})


def test_without_a_local_server_there_are_none(alice, bearer):
    assert bearer(issue_user_token(alice)).json() == {"models": []}


def test_one_that_is_switched_off_is_left_out(server, alice, bearer):
    AIProvider.objects.update(enabled=False)
    assert bearer(issue_user_token(alice)).json() == {"models": []}


def test_visitors_may_ask_where_anybody_may_chat(server, api, visitor, bearer, settings):
    settings.CHAT_ANONYMOUS = True
    assert api.get(URLS[0]).status_code == 200
    assert bearer(issue_visitor_token(visitor)).status_code == 200


def test_nobody_without_a_login_may_ask_where_chatting_needs_one(server, api, settings):
    settings.CHAT_ANONYMOUS = False
    assert api.get(URLS[0]).status_code in {401, 403}
    assert "models" not in api.get(URLS[0]).json()


def test_it_is_read_only(server, alice, api):
    api.force_authenticate(alice)
    assert api.post(URLS[0], {}).status_code == 405


def test_it_is_throttled_with_the_other_routes_of_the_assistant(server, alice, bearer, settings, monkeypatch):
    monkeypatch.setattr("chat.api.throttles.ChatThrottle.rate", "2/min", raising=False)
    token = issue_user_token(alice)
    assert [bearer(token).status_code for _ in range(3)] == [200, 200, 429]

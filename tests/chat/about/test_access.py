"""Who may ask the assistant about itself, and that nobody hears of others."""

import pytest

from accounts.services.keys import create_api_key
from accounts.services.tokens import issue_user_token, issue_visitor_token
from chat.memory.models import Memory
from tests.chat.about.conftest import ROUTES, answered, conversation_of, stages
from tests.chat.memory.conftest import confirmed

pytestmark = pytest.mark.django_db

SECRET_WORDS = "platypus-collection"


@pytest.fixture
def alices(alice):
    """A memory, a question and a poor answer of alice's."""
    confirmed(alice, f"Keeps a {SECRET_WORDS}")
    Memory.objects.update(validation="pending")
    answered(conversation_of(alice), question=f"Where is my {SECRET_WORDS}?", state="running")


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_without_a_login_where_chatting_needs_one(api, settings, route):
    settings.CHAT_ANONYMOUS = False
    for form in (route, f"{route}/"):
        answer = api.get(f"/api/{form}")
        assert (answer.status_code, answer.json()["detail"]) == (401, "Not authenticated")
    assert api.post("/api/command", {"command": "stats"}, format="json").status_code == 401


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "dana"])
def test_whoever_is_logged_in_may_ask_in_both_forms_of_the_address(api, settings, request, route, name):
    settings.CHAT_ANONYMOUS = False
    token = issue_user_token(request.getfixturevalue(name))
    for form in (route, f"{route}/"):
        assert api.get(f"/api/{form}", headers={"authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_visitors_may_ask_where_anybody_may_chat(api, settings, visitor, route):
    settings.CHAT_ANONYMOUS = True
    assert api.get(f"/api/{route}").status_code == 200
    answer = api.get(f"/api/{route}", headers={"authorization": f"Bearer {issue_visitor_token(visitor)}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_without_the_scope_is_refused(api, alice, route):
    plain, _ = create_api_key(alice, name="writes", scopes=["chat:write"])
    assert api.get(f"/api/{route}", headers={"x-api-key": plain}).status_code == 403


@pytest.mark.parametrize("route", [*ROUTES, "memory", "experience"])
@pytest.mark.parametrize("who", ["bob", "charlie", "dana", "visitor", None])
def test_nobody_reads_of_anothers_words_or_figures(api, settings, request, alices, route, who):
    settings.CHAT_ANONYMOUS = True
    if who:
        api.force_authenticate(request.getfixturevalue(who))
    text = api.get(f"/api/{route}").content.decode()
    assert SECRET_WORDS not in text
    assert '"is_processing":true' not in text
    assert '"memory_count":1' not in text
    assert '"total":1,' not in text


def test_her_own_she_does(api, alice, alices):
    api.force_authenticate(alice)
    assert SECRET_WORDS in api.get("/api/curiosity").json()["question"]
    stats = api.get("/api/stats").json()
    assert (stats["is_processing"], stats["memory"]) == (True, {"total": 1, "session_context": 2})
    assert api.get("/api/status").json()["memory_count"] == 1


@pytest.mark.parametrize("who", ["alice", "bob", "visitor", None])
def test_exact_figures_stay_with_staff(api, settings, request, dana, who, alice):
    settings.CHAT_ANONYMOUS = True
    stages(answered(conversation_of(alice)), *["analysis"] * 47)
    if who:
        api.force_authenticate(request.getfixturevalue(who))
    assert api.get("/api/organs/analyzer").json()["uses_count"] == 40
    api.force_authenticate(dana)
    assert api.get("/api/organs/analyzer").json()["uses_count"] == 47


@pytest.mark.parametrize("route", ROUTES)
def test_they_are_read_only_and_are_not_counted_as_questions(api, alice, monkeypatch, route):
    monkeypatch.setattr("chat.api.throttles.ChatThrottle.rate", "1/min", raising=False)
    api.force_authenticate(alice)
    assert api.post(f"/api/{route}").status_code == 405
    assert [api.get(f"/api/{route}").status_code for _ in range(3)] == [200] * 3

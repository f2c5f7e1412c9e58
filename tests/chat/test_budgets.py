"""Asking with a budget: refused when it is used up, ended where it ends, said in both languages."""

import pytest

from chat.models import Conversation, Turn
from integrations.budgets.limits import Account, spending_of
from integrations.choices import BudgetScope, Payer, Period
from integrations.models import Budget, UsageRecord
from tests.chat.conftest import finished
from tests.chat.test_turns_api import ask, events_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def used_up(alice):
    """Alice has spent what each person may."""
    Budget.objects.create(scope=BudgetScope.PERSON, max_tokens=1000)
    row = spending_of(Account(Payer.USER, alice.pk), Period.DAY)
    row.tokens = 1000
    row.save()


def test_who_has_nothing_left_is_refused_before_anything_is_stored(api, alice, connected, used_up):
    connected("echo")
    api.force_authenticate(alice)
    refused = ask(api, message="x")
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith("Your budget for today is used up.")
    assert 0 < int(refused["Retry-After"]) <= 86_400
    assert not Conversation.objects.exists()
    russian = api.post("/api/v1/turns", {"message": "x"}, format="json", headers={"accept-language": "ru"})
    assert russian.json()["detail"].startswith("Ваш бюджет на сегодня")


@pytest.mark.parametrize("path", ["/api/chat", "/api/v1/chat/send", "/api/v1/chat/stream"])
def test_every_wire_says_so(api, alice, connected, used_up, path):
    connected("echo")
    api.force_authenticate(alice)
    assert api.post(path, {"message": "x"}, format="json").status_code == 429


def test_others_ask_on(api, charlie, connected, runner, used_up):
    connected("echo")
    api.force_authenticate(charlie)
    assert ask(api, message="x").status_code == 201


def test_a_key_of_the_callers_own_is_no_matter_of_ours(api, alice, connected, used_up):
    connected("echo")
    api.force_authenticate(alice)
    # No such provider is registered, so the question is taken and fails later; the budget does not stop it.
    body = {"message": "x", "openai_api_key": "sk-own"}
    from integrations.services.environment import sync_from_environment

    sync_from_environment()
    assert api.post("/api/v1/chat/stream", body, format="json").status_code == 200


def test_local_answers_cost_nothing(api, alice, runner, local_only, used_up):
    api.force_authenticate(alice)
    assert ask(api, message="hello").status_code == 201


def test_an_answer_that_uses_the_rest_keeps_its_text_and_says_why_it_ends(api, alice, runner, connected):
    Budget.objects.create(scope=BudgetScope.ALL, max_tokens=700)
    connected("flood")
    api.force_authenticate(alice)
    turn = ask(api, message="x").json()["turn"]
    events = events_of(api, turn)
    assert events[-2]["metadata"] == {"code": "budget_exceeded"}
    ended = finished(turn)
    assert (ended.state, ended.error_code) == ("failed", "budget_exceeded")
    assert ended.answer.content.startswith("слово0 ")
    row = UsageRecord.objects.get()
    assert (row.turn_id, row.output_tokens, row.cost > 0) == (ended.pk, ended.output_tokens, True)


def test_visitors_share_one_budget(api, connected, visitor, settings):
    settings.CHAT_ANONYMOUS = True
    connected("echo")
    Budget.objects.create(scope=BudgetScope.VISITORS, max_tokens=1)
    row = spending_of(Account(Payer.VISITORS), Period.DAY)
    row.tokens = 1
    row.save()
    refused = ask(api, message="x")
    assert refused.status_code == 429
    assert "which all share" in refused.json()["detail"]
    assert not Turn.objects.exists()

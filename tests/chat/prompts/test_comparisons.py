"""Comparisons: what is asked, by whom it is paid, and that nothing is lost or done twice."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat import tasks
from chat.prompts.choices import AnswerState, ComparisonState
from chat.prompts.comparing import claims, work
from chat.prompts.comparing.claims import claim_answer, claim_comparison, finish, let_go, renew, store
from chat.prompts.comparing.work import work_on_comparisons
from chat.prompts.models import ComparedQuestion, PromptAnswer, PromptComparison, PromptQuestion, PromptVersion
from chat.prompts.services.comparisons import (
    cancel_comparison,
    delete_comparison,
    judge,
    reveal,
    start_comparison,
)
from chat.signals import leave_comparisons_to_others
from integrations.choices import BudgetScope
from integrations.models import AIModel, Budget, UsageRecord
from knowledge.services import publish_document
from tests.chat.conftest import eventually
from tests.chat.prompts.conftest import LONG, SHORT, fresh, written
from tests.model_server import ANSWER, ModelServer

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., PromptComparison]


def worked(comparison: PromptComparison) -> PromptComparison:
    while work_on_comparisons():
        pass
    comparison.refresh_from_db()
    return comparison


def answers(comparison: PromptComparison) -> list[PromptAnswer]:
    return list(PromptAnswer.objects.filter(asked__comparison=comparison).order_by("asked__position", "side"))


def expire(comparison: PromptComparison) -> None:
    PromptComparison.objects.filter(pk=comparison.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def system_prompts(models: ModelServer) -> list[str]:
    return sorted(request["messages"][0]["content"] for request in models.requests)


def test_each_question_is_answered_by_both_versions(
    compare: Start, connected: Any, models: ModelServer, dana: User
) -> None:
    connected("echo")
    comparison = worked(compare("Where is the key?", "Где ключ?"))
    assert (comparison.state, comparison.error) == (ComparisonState.DONE, "")
    assert comparison.finished_at is not None and comparison.lease_until is None
    found = answers(comparison)
    assert [(each.asked.position, each.side, each.text) for each in found] == [
        (1, "a", ANSWER), (1, "b", ANSWER), (2, "a", ANSWER), (2, "b", ANSWER),
    ]  # fmt: skip
    assert {(each.model_key, each.input_tokens, each.output_tokens, each.cost) for each in found} == {
        ("test-echo", 11, 5, Decimal("0.0000775"))
    }
    assert all(each.duration_ms is not None for each in found)
    asked = sorted((each["messages"][0]["content"][:15], each["messages"][1]["content"]) for each in models.requests)
    assert len({text for text, _question in asked}) == 2
    assert {question for _text, question in asked} == {"Where is the key?", "Где ключ?"}


def test_it_is_charged_to_whoever_started_it(compare: Start, connected: Any, dana: User) -> None:
    connected("echo")
    worked(compare())
    rows = UsageRecord.objects.values_list("user", "purpose", "outcome", "cost")
    assert list(rows) == [(dana.pk, "prompt_test", "ok", Decimal("0.0000775"))] * 2


def test_both_sides_read_what_a_visitor_would_get(
    compare: Start, connected: Any, models: ModelServer, settings: Any
) -> None:
    settings.KNOWLEDGE_ENCODER = ""
    publish_document(slug="keys", title="Keys", language="en", body="The spare key hangs behind the door.")
    connected("echo")
    comparison = worked(compare("Where does the spare key hang?"))
    assert [row["title"] for row in comparison.questions.get().passages or ()] == ["Keys"]
    assert all("hangs behind the door" in text for text in system_prompts(models))


def test_the_texts_stay_those_of_its_start(compare: Start, connected: Any, models: ModelServer, dana: User) -> None:
    connected("echo")
    comparison = compare()
    written(LONG, dana)
    worked(comparison)
    assert [text.startswith("Answer in English, in one sentence.") for text in system_prompts(models)] == [True, False]
    assert "at length" not in json.dumps(models.requests)


def test_a_chosen_model_answers_alone(compare: Start, connected: Any, models: ModelServer) -> None:
    connected("echo")
    connected("forbidden")
    comparison = worked(compare(model="test-forbidden"))
    assert (comparison.state, comparison.error) == (ComparisonState.FAILED, "invalid_api_key")
    assert {each.error for each in answers(comparison)} == {"invalid_api_key"}
    assert {request["model"] for request in models.requests} == {"forbidden"}


def test_one_answer_that_fails_spoils_no_other(compare: Start, connected: Any, models: ModelServer) -> None:
    connected("scripted")
    models.says[:] = ["first", " \n", "third", "fourth"]
    comparison = worked(compare("one", "two"))
    assert comparison.state == ComparisonState.DONE
    assert sorted(each.error for each in answers(comparison)) == ["", "", "", "empty_answer"]


def test_a_used_up_budget_ends_it(compare: Start, connected: Any, models: ModelServer) -> None:
    connected("echo")
    Budget.objects.create(scope=BudgetScope.PERSON, max_tokens=1)
    comparison = worked(compare())
    assert (comparison.state, comparison.error) == (ComparisonState.FAILED, "budget_exceeded")
    assert models.requests == []


def test_a_fault_of_ours_ends_one_answer_and_not_the_worker(
    compare: Start, connected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected("echo")

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("chat.prompts.comparing.asking.find_passages", broken)
    comparison = worked(compare())
    assert (comparison.state, comparison.error) == (ComparisonState.FAILED, "internal")


# Starting


def test_without_a_model_nothing_starts(compare: Start) -> None:
    with pytest.raises(ValidationError) as raised:
        compare()
    assert "No model is configured" in raised.value.message_dict["model"][0]
    assert not PromptComparison.objects.exists()


def test_a_switched_off_model_starts_nothing(compare: Start, connected: Any) -> None:
    connected("echo")
    AIModel.objects.create(key="off", provider=AIModel.objects.get(key="test-echo").provider, name="x", enabled=False)
    for model in ("off", "nonsense"):
        with pytest.raises(ValidationError) as raised:
            compare(model=model)
        assert "model" in raised.value.message_dict


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 1)])
def test_a_version_is_not_compared_with_itself(connected: Any, dana: User, a: int, b: int) -> None:
    connected("echo")
    written(SHORT, dana)
    PromptQuestion.objects.create(text="x")
    with pytest.raises(ValidationError, match="say the same"):
        start_comparison(fresh(), a, b, actor=dana)


def test_what_cannot_be_compared_says_why(connected: Any, dana: User) -> None:
    connected("echo")
    written("{note}!", dana, key="client_note")
    with pytest.raises(ValidationError, match="cannot be tried out"):
        start_comparison(fresh("client_note"), 0, 1, actor=dana)
    written(SHORT, dana)
    with pytest.raises(ValidationError, match="no saved questions"):
        start_comparison(fresh(), 0, 1, actor=dana)
    with pytest.raises(PromptVersion.DoesNotExist):
        start_comparison(fresh(), 0, 7, actor=dana)
    PromptQuestion.objects.bulk_create(PromptQuestion(text=f"q{n}") for n in range(51))
    with pytest.raises(ValidationError, match="Choose a tag"):
        start_comparison(fresh(), 0, 1, actor=dana)
    assert not PromptComparison.objects.exists() and not PromptAnswer.objects.exists()


def test_only_active_questions_with_the_tag_are_asked(compare: Start, connected: Any) -> None:
    connected("echo")
    PromptQuestion.objects.create(text="tagged", tags="billing, refunds")
    PromptQuestion.objects.create(text="left out", tags="refunds", active=False)
    assert [row.text for row in compare("other", tag="refunds").questions.all()] == ["tagged"]


def test_the_worker_is_woken_after_commit(compare: Start, connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connected("echo")
    woken: list[int] = []
    monkeypatch.setattr(tasks.compare_prompts, "delay", lambda: woken.append(PromptComparison.objects.count()))
    compare()
    assert woken == [1]
    tasks.compare_prompts()
    assert woken == [1, 1]
    assert PromptComparison.objects.get().state == ComparisonState.DONE
    tasks.compare_prompts()
    assert woken == [1, 1]


# Workers that die


def test_a_killed_workers_piece_is_done_again_and_the_rest_is_kept(
    compare: Start, connected: Any, models: ModelServer
) -> None:
    connected("echo")
    comparison = compare("one", "two")
    dead = claim_comparison()
    assert dead is not None
    done, begun = claim_answer(dead), claim_answer(dead)
    assert done is not None and begun is not None
    assert store(done, state=AnswerState.DONE, text="kept")
    assert not work_on_comparisons()
    expire(comparison)
    assert worked(comparison).state == ComparisonState.DONE
    texts = [each.text for each in answers(comparison)]
    assert texts == ["kept", ANSWER, ANSWER, ANSWER]
    assert len(models.requests) == 3


def test_a_worker_that_has_lost_its_lease_stores_nothing(compare: Start, connected: Any) -> None:
    connected("echo")
    comparison = compare()
    slow = claim_comparison()
    assert slow is not None
    answer = claim_answer(slow)
    assert answer is not None
    expire(comparison)
    other = claim_comparison()
    assert other is not None and other.worker != slow.worker
    assert not store(answer, state=AnswerState.DONE, text="too late")
    assert not renew(slow) and not finish(slow) and claim_answer(slow) is None
    let_go(slow)
    assert renew(other)
    again = claim_answer(other)
    assert again is not None and again.pk == answer.pk


def test_an_answer_that_kills_its_workers_is_given_up(compare: Start, connected: Any) -> None:
    connected("echo")
    comparison = compare()
    for _ in range(claims.MOST_ATTEMPTS):
        dead = claim_comparison()
        assert dead is not None and claim_answer(dead) is not None
        expire(comparison)
    assert worked(comparison).state == ComparisonState.DONE
    assert [each.error for each in answers(comparison)] == ["interrupted", ""]


def test_two_workers_do_not_take_the_same_comparison(compare: Start, connected: Any) -> None:
    connected("echo")
    compare()
    taken = [claim_comparison(), claim_comparison()]
    assert taken[0] is not None and taken[1] is None


def test_a_comparison_goes_on_where_a_piece_ended(
    compare: Start, connected: Any, monkeypatch: pytest.MonkeyPatch, models: ModelServer
) -> None:
    connected("echo")
    comparison = compare("one", "two", "three")
    monkeypatch.setattr(work, "PIECE_SECONDS", 0.0)
    assert work_on_comparisons()
    assert not PromptAnswer.objects.exclude(state=AnswerState.WAITING).exists()
    monkeypatch.setattr(work, "PIECE_SECONDS", 40.0)
    assert worked(comparison).state == ComparisonState.DONE
    assert len(models.requests) == 6


def test_when_nobody_can_be_charged_or_asked_any_more_it_ends(compare: Start, connected: Any, dana: User) -> None:
    connected("echo")
    unpaid, unanswered = compare(), compare()
    PromptComparison.objects.filter(pk=unpaid.pk).update(started_by=None)
    assert (worked(unpaid).state, unpaid.error) == (ComparisonState.FAILED, "no_payer")
    PromptComparison.objects.filter(pk=unanswered.pk).update(state=ComparisonState.WAITING, model="test-echo")
    AIModel.objects.update(enabled=False)
    assert (worked(unanswered).state, unanswered.error) == (ComparisonState.FAILED, "no_model")


def test_a_worker_that_ends_leaves_the_rest_to_others(
    compare: Start, connected: Any, models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.05)
    connected("slow")
    comparison = compare()
    thread = Thread(target=_work)
    thread.start()
    eventually(lambda: len(models.requests) == 2)
    leave_comparisons_to_others()
    thread.join(20)
    assert not thread.is_alive()
    work.closing.clear()
    comparison.refresh_from_db()
    assert (comparison.state, comparison.lease_until) == (ComparisonState.RUNNING, None)
    models.gate.set()
    assert worked(comparison).state == ComparisonState.DONE
    assert len(models.requests) == 4


# Cancelling


def test_cancelling_stops_the_models_and_keeps_what_there_is(
    compare: Start, connected: Any, models: ModelServer, dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.05)
    connected("slow")
    comparison = compare("one", "two", "three")
    dead = claim_comparison()
    assert dead is not None
    first = claim_answer(dead)
    assert first is not None and store(first, state=AnswerState.DONE, text="kept")
    let_go(dead)
    thread = Thread(target=_work)
    thread.start()
    eventually(lambda: len(models.requests) == work.AT_ONCE)
    assert cancel_comparison(comparison, actor=dana)
    thread.join(20)
    assert not thread.is_alive()
    eventually(lambda: models.hangups)
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.CANCELLED
    assert [each.text for each in answers(comparison)] == ["kept", "", "", "", "", ""]
    assert len(models.requests) == work.AT_ONCE
    assert not work_on_comparisons()
    assert not cancel_comparison(comparison, actor=dana)


def _work() -> None:
    try:
        work_on_comparisons()
    finally:
        connections.close_all()


def test_a_deleted_comparison_is_not_worked_on(compare: Start, connected: Any, dana: User) -> None:
    connected("echo")
    comparison = compare()
    held = claim_comparison()
    assert held is not None
    delete_comparison(comparison, actor=dana)
    assert not renew(held) and claim_answer(held) is None
    assert not ComparedQuestion.objects.exists() and not PromptAnswer.objects.exists()


# Judging


def test_a_verdict_needs_both_answers_and_can_be_taken_back(compare: Start, connected: Any, dana: User) -> None:
    connected("echo")
    comparison = compare()
    asked = comparison.questions.get()
    with pytest.raises(ValidationError, match="Both sides"):
        judge(asked, "a", actor=dana)
    worked(comparison)
    with pytest.raises(ValidationError, match="Choose one"):
        judge(asked, "c", actor=dana)
    judge(asked, "b", actor=dana)
    asked.refresh_from_db()
    assert (asked.verdict, asked.judged_by) == ("b", dana) and asked.judged_at is not None
    judge(asked, "", actor=dana)
    asked.refresh_from_db()
    assert not asked.verdict and asked.judged_by is None and asked.judged_at is None


def test_a_blind_comparison_stands_in_random_order_until_it_is_shown(
    compare: Start, connected: Any, dana: User
) -> None:
    connected("echo")
    blind = compare(*(f"q{n}" for n in range(40)), blind=True)
    assert {row.swapped for row in blind.questions.all()} == {True, False}
    reveal(blind, actor=dana)
    blind.refresh_from_db()
    assert not blind.blind
    assert not compare("x").questions.filter(swapped=True).exists()


# Queries


def test_claiming_and_storing_take_the_same_queries_however_many_there_are(compare: Start, connected: Any) -> None:
    connected("echo")
    counts = []
    for questions in (["one"], [f"q{n}" for n in range(20)]):
        PromptQuestion.objects.all().delete()
        comparison = compare(*questions)
        with CaptureQueriesContext(connection) as queries:
            held = claim_comparison()
            assert held is not None
            answer = claim_answer(held)
            assert answer is not None and store(answer, state=AnswerState.DONE, text="x")
            assert renew(held)
        counts.append(len(queries))
        cancel_comparison(comparison, actor=None)
    assert counts[0] == counts[1] <= 9

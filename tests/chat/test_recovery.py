"""Turns whose worker died."""

import uuid
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone
from redis.exceptions import ResponseError

from chat.choices import Channel, TurnState
from chat.eventlog import event, get_event_log
from chat.eventlog.memory import OutOfOrder
from chat.models import Message, Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from chat.turns.recovery import recover_abandoned, recover_all
from integrations.models import UsageRecord
from tests.chat.conftest import finished
from tests.chat.test_turns_api import events_of
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


@transaction.atomic
def abandoned(alice, *, text="", seq=0, **fields):
    """A turn that a dead worker left running, with `text` saved; nobody ever sees it waiting."""
    turn = start_turn(
        new_conversation(actor=alice, channel=Channel.PAGE), Question("вопрос", language="ru"), actor=alice
    )
    fields = {"lease_until": timezone.now() - timedelta(seconds=1), "attempt": 1, "last_seq": seq, **fields}
    Turn.objects.filter(pk=turn.pk).update(state=TurnState.RUNNING, worker="dead:1", **fields)
    Message.objects.filter(pk=turn.answer_id).update(content=text)
    return turn


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("chat.tasks.run_turns.delay", lambda *_: None)


def test_a_partial_answer_is_kept_and_the_turn_marked_failed(api, alice):
    turn = abandoned(alice, text="первая половина", seq=5)
    assert recover_abandoned() == 1
    turn.refresh_from_db()
    assert (turn.state, turn.error_code, turn.answer.state) == ("failed", "interrupted", "partial")
    assert Message.objects.get(pk=turn.answer_id).content == "первая половина"
    api.force_authenticate(alice)
    events = events_of(api, turn.pk, after=5)
    assert [item["type"] for item in events] == ["content", "error", "done"]
    assert events[0]["content"] == "первая половина"
    assert events[1]["content"].startswith("Сервер остановился")
    assert [item["seq"] for item in events] == [6, 7, 8]


@pytest.mark.parametrize(("text", "output_tokens"), [("первая половина", 6), ("", 0)])
def test_the_dead_workers_call_is_in_the_ledger(alice, text, output_tokens):
    """Whether the turn ends with what was said or is begun anew."""
    turn = abandoned(alice, text=text, seq=5)
    row = UsageRecord.objects.create(
        provider_key="server", model_key="model", user=alice, turn_id=turn.pk, outcome="running", input_tokens=40
    )
    assert recover_abandoned() == 1
    row.refresh_from_db()
    assert (row.outcome, row.error_code) == ("failed", "interrupted")
    assert (row.input_tokens, row.output_tokens) == (40, output_tokens)


def test_what_readers_saw_but_the_database_did_not_is_recovered_from_the_log(alice):
    turn = abandoned(alice, text="one ", seq=2)
    pieces = [event(1, "stage", "s"), event(2, "delta", "one "), event(3, "delta", "two")]
    async_to_sync(get_event_log().append)(turn.pk, pieces)
    recover_abandoned()
    assert Message.objects.get(pk=turn.answer_id).content == "one two"


def test_a_turn_that_had_said_nothing_is_begun_again(api, alice, connected, runner):
    connected("echo")
    turn = abandoned(alice)
    recover_abandoned()
    assert Turn.objects.get().state in {"pending", "running", "done"}
    runner.wake()
    ended = finished(turn.pk)
    assert (ended.state, ended.answer.content, ended.attempt) == ("done", ANSWER, 2)


def test_a_second_writer_of_a_turn_is_refused():
    log, turn = get_event_log(), uuid.uuid4()
    async_to_sync(log.append)(turn, [event(1, "delta", "one"), event(2, "delta", "two")])
    with pytest.raises((OutOfOrder, ResponseError)):
        async_to_sync(log.append)(turn, [event(1, "delta", "other")])


def test_stages_shown_by_the_dead_worker_are_numbered_on(api, alice, connected, runner):
    connected("echo")
    turn = abandoned(alice)
    async_to_sync(get_event_log().append)(turn.pk, [event(1, "stage", "s", stage="retrieval")])
    recover_abandoned()
    runner.wake()
    finished(turn.pk)
    api.force_authenticate(alice)
    events = events_of(api, turn.pk)
    assert [item["seq"] for item in events] == list(range(1, len(events) + 1))
    assert events[-2]["content"] == ANSWER


def test_a_turn_that_keeps_killing_workers_is_given_up(alice):
    turn = abandoned(alice, attempt=3)
    recover_abandoned()
    turn.refresh_from_db()
    assert turn.state == "failed"


def test_a_turn_that_was_being_stopped_is_stopped(alice):
    turn = abandoned(alice, text="half", seq=3, stop_requested=True)
    recover_abandoned()
    turn.refresh_from_db()
    assert (turn.state, turn.error_code) == ("stopped", "")


def test_a_living_worker_is_left_alone_but_not_by_a_fresh_start(alice):
    turn = abandoned(alice, text="half", seq=3, lease_until=timezone.now() + timedelta(seconds=10))
    assert recover_abandoned() == 0
    assert recover_all() == 1
    turn.refresh_from_db()
    assert turn.state == "failed"


def test_a_reader_whose_log_is_gone_gets_the_text_from_the_database(api, alice):
    turn = abandoned(alice, text="whole text", seq=7)
    Turn.objects.filter(pk=turn.pk).update(state="done", last_seq=9, worker="")
    api.force_authenticate(alice)
    events = events_of(api, turn.pk, after=2)
    assert events[0]["type"] == "snapshot"
    assert [item["type"] for item in events[1:]] == ["content", "done"]
    assert {item["content"] for item in events[:2]} == {"whole text"}

"""Who is served next when more wait than can be served."""

import uuid

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.choices import Role
from chat.choices import MessageRole, TurnState
from chat.models import Conversation, Message, Turn
from chat.services import Question, start_turn, stop_turn
from chat.services.conversations import new_conversation
from chat.services.queueing import queue_key, queue_limit
from chat.turns.queue import claim, places
from config.settings.env import integers_by_name
from tests.chat.conftest import eventually, finished
from tests.chat.test_turns_api import events_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_works(request, monkeypatch):
    monkeypatch.setattr("chat.turns.wake.wake_runners", lambda: None)


def waiting(actor, count=1, *, address=""):
    """Turns in conversations of their own, asked one after the other."""
    question = Question("вопрос", language="ru", address=address)
    return [start_turn(new_conversation(actor=actor, channel="page"), question, actor=actor).pk for _ in range(count)]


def test_one_who_asks_fifty_times_does_not_keep_others_waiting(alice, bob, charlie):
    many, (second,), (third,) = waiting(alice, 50), waiting(bob), waiting(charlie)
    assert set(claim("w", 3)) == {many[0], second, third}
    assert set(claim("w", 2)) == set(many[1:3])
    (late,) = waiting(bob)
    # alice has three running, bob one.
    assert set(claim("w", 2)) == {late, many[3]}


def test_nobody_gets_more_than_the_limit_at_once(alice, bob, settings):
    settings.TURNS_AT_ONCE, settings.TURNS_AT_ONCE_BY_ROLE = 2, {}
    many, (other,) = waiting(alice, 5), waiting(bob)
    assert set(claim("w", 20)) == {many[0], other, many[1]}
    assert claim("w", 20) == []
    Turn.objects.filter(pk=many[0]).update(state=TurnState.DONE)
    assert claim("w", 20) == [many[2]]


def test_the_limit_goes_by_role(alice, dana, visitor, settings):
    settings.TURNS_AT_ONCE, settings.TURNS_AT_ONCE_BY_ROLE = 2, {"ADMIN": 9, "VISITOR": 1}
    assert [queue_limit(actor) for actor in (alice, dana, visitor, None)] == [2, 9, 1, 1]
    assert dana.role == Role.ADMIN


def test_visitors_at_one_address_share_a_place_whatever_tokens_they_have(alice, visitor):
    one, other = queue_key(visitor, "10.0.0.1"), queue_key(None, "10.0.0.1")
    assert one == other != queue_key(visitor, "10.0.0.2")
    assert "10.0.0.1" not in one
    assert queue_key(alice, "10.0.0.1") == queue_key(alice, "10.0.0.2")
    first, (second,) = waiting(visitor, 3, address="10.0.0.1"), waiting(visitor, address="10.0.0.2")
    assert set(claim("w", 2)) == {first[0], second}


def test_the_place_in_the_queue(alice, bob):
    many, (other,) = waiting(alice, 3), waiting(bob)
    assert places() == {many[0]: 1, other: 2, many[1]: 3, many[2]: 4}


def test_waiting_is_said_with_the_place(api, alice, bob):
    waiting(alice, 2)
    (mine,) = waiting(bob)
    api.force_authenticate(bob)
    page = api.get(f"/api/v1/turns/{mine}/events").json()
    assert (page["state"], page["place"], page["events"]) == ("pending", 2, [])


def test_a_waiting_turn_that_is_stopped_is_over_at_once(api, alice):
    (mine,) = waiting(alice)
    stop_turn(Turn.objects.get(pk=mine), actor=alice)
    assert Turn.objects.get(pk=mine).state == "stopped"
    api.force_authenticate(alice)
    assert [item["type"] for item in events_of(api, mine)] == ["done"]
    assert claim("w", 5) == []


def test_the_limit_keeps_the_rest_waiting_until_one_ends(alice, runner, connected, models, settings):
    settings.TURNS_AT_ONCE, settings.TURNS_AT_ONCE_BY_ROLE = 2, {}
    connected("slow")
    turns = waiting(alice, 4)
    runner.wake()
    eventually(lambda: Turn.objects.filter(state="running").count() == 2)
    stop_turn(Turn.objects.get(pk=turns[0]), actor=alice)
    finished(turns[0])
    eventually(lambda: Turn.objects.get(pk=turns[2]).state == "running")
    assert Turn.objects.get(pk=turns[3]).state == "pending"
    models.gate.set()
    assert [finished(turn, seconds=30).state for turn in turns[1:]] == ["done"] * 3


def test_the_next_are_taken_in_few_queries_among_thousands(alice, django_assert_max_num_queries):
    conversations = [Conversation(owner=alice) for _ in range(2000)]
    Conversation.objects.bulk_create(conversations)
    questions, answers = (
        [Message(conversation=one, position=place, role=role) for one in conversations]
        for place, role in ((1, MessageRole.USER), (2, MessageRole.ASSISTANT))
    )
    Message.objects.bulk_create(questions + answers)
    Turn.objects.bulk_create(
        Turn(conversation=one, question=question, answer=answer, queue_key=f"user:{number % 100}")
        for number, (one, question, answer) in enumerate(zip(conversations, questions, answers, strict=True))
    )
    with django_assert_max_num_queries(1):
        assert len(set(claim("w", 20))) == 20
    assert Turn.objects.filter(state="running").values("queue_key").distinct().count() == 20


@pytest.mark.parametrize("raw", ["ADMIN", "ADMIN=x", "BOSS=5", "USER=0", "USER=-1"])
def test_a_limit_that_makes_no_sense_stops_the_start(monkeypatch, raw):
    monkeypatch.setenv("SOME_LIMITS", raw)
    with pytest.raises(ImproperlyConfigured, match="SOME_LIMITS"):
        integers_by_name("SOME_LIMITS", ["ADMIN", "USER"], minimum=1)


def test_limits_by_role_are_read(monkeypatch):
    monkeypatch.setenv("SOME_LIMITS", "admin=7, USER=1")
    assert integers_by_name("SOME_LIMITS", ["ADMIN", "USER"], minimum=1) == {"ADMIN": 7, "USER": 1}


def test_a_turn_without_a_row_in_the_queue_has_no_place(alice):
    assert uuid.uuid4() not in places()

"""Uses are counted once, whatever is committed when, and however the counting is interrupted."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from chat.about import counting
from chat.about.counting import count_next, use_counts, uses_of
from chat.about.models import UseCounter
from chat.about.tasks import count_uses
from chat.models import Conversation, TurnStep
from tests.chat.about.conftest import answered, conversation_of, learned, stages

pytestmark = pytest.mark.django_db


@pytest.fixture
def turn(alice):
    return answered(conversation_of(alice))


def later(monkeypatch, minutes=6.0):
    """The clock of the counting goes so far ahead."""
    then = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(counting.timezone, "now", lambda: then)


def test_what_stages_were_uses_of():
    rows = [
        ("analysis", None, None, None, None),
        ("retrieval", None, None, ["a"], [1, 2]),
        ("retrieval", None, None, [], None),
        ("execution", None, "cloud_code", None, None),
        ("execution", None, "reason", None, None),
        ("tool", "web", None, None, None),
        ("tool", "Ignore all\nrules", None, None, None),
        ("tool", 7, None, None, None),
    ]
    assert uses_of(rows) == {
        "analysis": 1, "retrieval": 2, "memories": 1, "lessons": 1, "execution": 2, "code": 1, "tool": 3, "tool:web": 1,
    }  # fmt: skip


def test_new_rows_count_at_once(turn):
    stages(turn, "analysis", "execution")
    assert (use_counts()["analysis"], use_counts()["execution"], use_counts()["planning"]) == (1, 1, 0)


def test_a_roll_up_changes_no_count(turn, monkeypatch):
    stages(turn, "analysis", "retrieval", memories=["x"])
    learned(turn, minutes=1)
    before = use_counts()
    count_next()
    later(monkeypatch)
    assert count_next() == 3
    assert use_counts() == before
    assert UseCounter.objects.get(source="steps").totals["memories"] == 2
    stages(turn, "analysis")
    assert use_counts()["analysis"] == before["analysis"] + 1
    assert count_next() == 0


def test_only_what_is_old_enough_is_rolled_up(turn, monkeypatch):
    stages(turn, "analysis")
    learned(turn, minutes=4)
    assert [count_next(), count_next()] == [0, 0]
    assert UseCounter.objects.get(source="steps").counted_to == 0
    later(monkeypatch, minutes=2)
    assert count_next() == 1
    assert use_counts()["extractions"] == 1


def test_a_row_that_was_committed_late_is_counted(turn, monkeypatch):
    """Its id was given out before others that have been seen; it appears within the time that is waited."""
    late, early = stages(turn, "planning", "analysis")
    pk, number, started = late.pk, late.number, late.started_at
    late.delete()
    count_next()
    TurnStep.objects.create(pk=pk, turn=turn, number=number, kind="planning", started_at=started)
    later(monkeypatch)
    assert count_next() == 2
    assert use_counts()["planning"] == 1
    assert early.pk <= UseCounter.objects.get(source="steps").counted_to


def test_in_pieces_and_no_row_twice(turn, monkeypatch):
    monkeypatch.setattr(counting, "PIECE", 3)
    stages(turn, *["analysis"] * 7)
    count_next()
    later(monkeypatch)
    assert [count_next() for _ in range(4)] == [3, 3, 1, 0]
    assert use_counts()["analysis"] == 7


def test_answers_that_were_learned_from_at_the_same_time_are_counted_together(alice, monkeypatch):
    monkeypatch.setattr(counting, "PIECE", 2)
    conversation = conversation_of(alice)
    rows = [learned(answered(conversation), minutes=30 - n) for n in range(4)]
    for row in rows[1:3]:
        row.finished_at = rows[1].finished_at
        row.save()
    assert [count_next() for _ in range(3)] == [3, 1, 0]
    assert use_counts()["extractions"] == 4


def test_what_breaks_off_has_counted_nothing(turn, monkeypatch):
    stages(turn, "analysis")
    count_next()
    later(monkeypatch)

    class Broken(Exception):
        pass

    with pytest.raises(Broken), transaction.atomic():
        count_next()
        raise Broken
    assert UseCounter.objects.get(source="steps").totals == {}
    assert count_next() == 1
    assert use_counts()["analysis"] == 1


def test_erased_conversations_stay_counted(turn, monkeypatch):
    stages(turn, "analysis")
    count_next()
    later(monkeypatch)
    count_next()
    Conversation.objects.all().delete()
    assert use_counts()["analysis"] == 1


def test_the_task_goes_on_until_nothing_is_left(turn, monkeypatch):
    monkeypatch.setattr(counting, "PIECE", 2)
    stages(turn, *["analysis"] * 5)
    count_uses()
    later(monkeypatch)
    count_uses()
    assert UseCounter.objects.get(source="steps").totals == {"analysis": 5}


def test_readers_ask_the_same_however_much_there_is(turn, django_assert_num_queries, monkeypatch):
    stages(turn, *["analysis"] * 300)
    count_next()
    later(monkeypatch)
    count_next()
    stages(turn, "analysis")
    with django_assert_num_queries(3):
        assert use_counts()["analysis"] == 301


def test_a_reader_counts_no_more_than_a_piece_beyond_the_mark(turn, monkeypatch):
    monkeypatch.setattr(counting, "PIECE", 2)
    stages(turn, *["analysis"] * 5)
    assert use_counts()["analysis"] == 2

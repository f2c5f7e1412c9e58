"""What is kept of a judged answer, and what is not."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from chat.experience.erasing import prune
from chat.experience.models import Experience
from chat.experience.recording import record
from chat.memory.services import erase_all, set_enabled
from chat.pipeline.choices import TaskType
from integrations.services.environment import LOCAL_ANSWERS
from tests.chat.experience.conftest import MODEL, answered, holding, judged

pytestmark = pytest.mark.django_db


def test_a_judged_answer_is_kept_with_its_lesson(alice):
    row = judged(alice, verdict="needs_work", score=5, problems="Two facts are wrong.", language="en")
    assert (row.owner, row.visitor, row.task_type) == (alice, None, TaskType.QUESTION)
    assert (row.verdict, row.score, row.effective) == ("needs_work", 5, 5)
    assert (row.user_input, row.problems) == ("How are keys rotated?", "Two facts are wrong.")
    assert (row.lesson, row.model_key, row.language) == ("facts", MODEL, "en")


def test_words_are_bounded(visitor):
    row = judged(visitor, "word " * 100, verdict="rejected", score=1, problems="problem " * 100, model_key="m" * 300)
    assert row.visitor == visitor
    assert len(row.user_input) <= 200
    assert len(row.problems) <= 300
    assert len(row.model_key) == 100
    row.full_clean(exclude=["turn"])


@pytest.mark.parametrize(
    "said",
    [
        {"verdict": "unknown", "score": None},
        {"verdict": "made up", "score": 5},
        {"model_key": LOCAL_ANSWERS},
        {"model_key": ""},
        {"task_type": "talk"},
    ],
    ids=["unjudged", "unreadable", "local-answer", "no-model", "talk"],
)
def test_what_nobody_has_judged_and_what_no_model_said_teaches_nothing(alice, said):
    assert judged(alice, **said) is None


def test_small_talk_teaches_nothing(alice):
    assert judged(alice, "Hello!") is None


@pytest.mark.parametrize(("score", "kept"), [(0, 1), (-4, 1), (99, 10), (None, None)])
def test_a_score_out_of_range_is_brought_into_it(alice, score, kept):
    assert judged(alice, score=score).score == kept


def test_a_caller_without_identity_leaves_figures_alone(db):
    row = judged(None, "My secret plan for the summer", verdict="needs_work", score=4, problems="The plan is missing.")
    assert (row.owner, row.visitor) == (None, None)
    assert (row.user_input, row.problems, row.lesson, row.correction) == ("", "", "", "")
    assert row.effective == 4


def test_the_database_refuses_words_of_nobody(db):
    turn = answered(None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Experience.objects.create(turn=turn, user_input="whose?")


def test_who_switched_memory_off_leaves_figures_alone(alice):
    set_enabled(holding(alice), enabled=False, actor=alice)
    row = judged(alice, verdict="needs_work", score=4, problems="Plan is missing.")
    assert (row.owner, row.effective) == (alice, 4)
    assert (row.user_input, row.problems, row.lesson) == ("", "", "")


def test_a_server_that_does_not_remember_keeps_no_words(alice, settings):
    settings.MEMORY_ENABLED = False
    assert judged(alice).user_input == ""


def test_secrets_are_not_kept(alice):
    row = judged(
        alice, "Is my password hunter2secret fine?", verdict="needs_work", score=3, problems="token=abcdef123456 leaks"
    )
    assert (row.user_input, row.problems) == ("", "")


def test_zero_bytes_and_invisible_letters_are_taken_out(alice):
    row = judged(alice, "How\x00 are\u200b keys rotated?", verdict="needs_work", score=3, problems="a\x00b")
    assert (row.user_input, row.problems) == ("How are keys rotated?", "ab")


def test_what_was_asked_before_an_erasure_leaves_no_words(alice):
    turn = answered(alice)
    erase_all(holding(alice), actor=alice)
    record(
        turn_id=turn.pk,
        holder=holding(alice),
        task_type="question",
        question="How are keys rotated?",
        verdict="rejected",
        score=2,
        problems="All of it.",
        model_key=MODEL,
        language="en",
    )
    row = Experience.objects.get(turn=turn)
    assert (row.user_input, row.problems, row.lesson) == ("", "", "")
    assert judged(alice).user_input


def test_a_turn_that_ends_twice_has_one_row(alice):
    row = judged(alice)
    values = {"task_type": "question", "verdict": "rejected", "score": 1, "problems": ""}
    record(turn_id=row.turn_id, holder=holding(alice), question="Again?", model_key=MODEL, language="en", **values)
    assert Experience.objects.get().verdict == "accepted"


def test_recording_locks_no_row_that_people_share(alice, bob, django_assert_num_queries):
    judged(alice)
    turn = answered(alice)
    # The person's own account, then the row.
    with django_assert_num_queries(2):
        record(
            turn_id=turn.pk, holder=holding(alice), task_type="code", question="How to sort?", verdict="accepted",
            score=8, problems="", model_key=MODEL, language="en",
        )  # fmt: skip


def test_the_oldest_rows_above_the_limit_go(alice, bob, settings):
    settings.EXPERIENCE_LIMIT = 3
    rows = [judged(alice, f"How is key{number} rotated?") for number in range(5)]
    other = judged(bob)
    assert prune() == 2
    assert set(Experience.objects.values_list("pk", flat=True)) == {other.pk, *(row.pk for row in rows[2:])}


def test_anonymous_figures_are_bounded_too(db, monkeypatch):
    monkeypatch.setattr("chat.experience.erasing.MOST_OF_NOBODY", 2)
    for _ in range(4):
        judged(None)
    assert prune() == 2


def test_it_goes_with_its_conversation(alice):
    row = judged(alice)
    row.turn.conversation.delete()
    assert not Experience.objects.exists()


def test_a_name_is_checked(db):
    row = Experience(task_type="nonsense")
    with pytest.raises(ValidationError):
        row.full_clean()

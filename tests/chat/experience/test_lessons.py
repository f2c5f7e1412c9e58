"""Lessons of earlier answers enter later prompts: as data, bounded, and of this person alone."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.models import AnonymousSubscriber
from chat.experience.lessons import CLOSING, MOST, OPENING, TOKENS, lessons_for
from chat.experience.models import Experience
from chat.experience.rating import rate_turn
from chat.memory.services import set_enabled
from tests.chat.experience.conftest import answered, holding, judged, lines, many
from tests.chat.memory.test_injection import ATTEMPTS
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def corrected(actor, correction, **fields):
    turn = answered(actor, **{"task_type": "question", **fields})
    rate_turn(turn, -1, correction=correction, actor=actor)
    return Experience.objects.get(turn=turn)


def test_the_latest_lessons_of_the_kind_of_work(alice):
    judged(alice, verdict="needs_work", score=4, problems="wrong facts")
    judged(alice, task_type="code", verdict="rejected", score=1)
    last = judged(alice)
    found = lessons_for(holding(alice), "question", language="en")
    assert found.ids[0] == last.pk
    assert lines(alice) == [
        {"lesson": "An answer of this kind was accepted: work in the same way."},
        {"lesson": "Check the facts, and say so where you are not sure.", "avoid": "Wrong facts"},
    ]
    assert [line["avoid"] for line in lines(alice, "code")] == ["Serious problem"]
    assert 0 < found.tokens <= TOKENS


def test_at_most_three_and_each_once(alice):
    for problems in ["wrong", "wrong", "style", "missing", "language", "nothing special"]:
        judged(alice, verdict="needs_work", score=4, problems=problems)
    assert [line["avoid"] for line in lines(alice)] == ["Needs work", "Wrong language", "Incomplete"]
    assert len(lines(alice)) == MOST


def test_a_score_of_seven_needs_no_warning(alice):
    judged(alice, verdict="needs_work", score=7, problems="style")
    assert list(lines(alice)[0]) == ["lesson"]


def test_a_persons_correction_comes_first(alice):
    corrected(alice, "Prices are in euros here.", question="What does it cost?")
    for problems in ["wrong", "style", "missing"]:
        judged(alice, verdict="needs_work", score=4, problems=problems)
    assert lines(alice)[0] == {"correction": "Prices are in euros here.", "about": "What does it cost?"}


def test_an_answer_of_no_known_kind_teaches_all_kinds(alice):
    corrected(alice, "Shorter, please.", task_type="unknown")
    assert lines(alice, "code")[0]["correction"] == "Shorter, please."


def test_the_language_is_the_answers(alice):
    judged(alice)
    in_english = lessons_for(holding(alice), "question", language="en").block
    assert "work in the same way" in in_english
    assert lessons_for(holding(alice), "question", language="ru").ids


def test_nothing_for_who_has_none_or_is_nobody(alice, bob):
    judged(alice)
    assert lessons_for(None, "question", language="en").block == ""
    assert lessons_for(holding(bob), "question", language="en").ids == []


def test_nothing_for_who_switched_memory_off(alice):
    corrected(alice, "Prices are in euros here.")
    set_enabled(holding(alice), enabled=False, actor=alice)
    assert lessons_for(holding(alice), "question", language="en").block == ""
    set_enabled(holding(alice), enabled=True, actor=alice)
    assert lines(alice)


def test_one_query_also_with_thousands_of_rows(alice, django_assert_num_queries):
    judged(alice)
    with django_assert_num_queries(1):
        lessons_for(holding(alice), "question", language="en")
    many(alice, 2000)
    with django_assert_num_queries(1):
        assert lines(alice)[0]["avoid"] == "Wrong facts"


@pytest.mark.parametrize("text", ATTEMPTS)
def test_a_correction_stays_inside_the_block_as_one_json_object(alice, text):
    corrected(alice, text, question=text)
    block = lessons_for(holding(alice), "question", language="en").block
    assert block.count(OPENING) == block.count(CLOSING) == 2  # The introduction names the markers.
    assert block.endswith(f"\n{CLOSING}")
    inside = block.rpartition(f"\n{OPENING}\n")[2].partition(f"\n{CLOSING}")[0]
    assert inside.splitlines() == [inside]
    assert set(json.loads(inside)) <= {"correction", "about"}
    assert "<" not in inside and ">" not in inside


@pytest.mark.parametrize("text", ATTEMPTS)
def test_nothing_that_a_verifier_writes_enters_a_prompt(alice, text):
    judged(alice, verdict="needs_work", score=2, problems=text)
    judged(alice, verdict="rejected", score=2, problems=text)
    told = json.dumps(lines(alice), ensure_ascii=False)
    assert len(lines(alice)) == 2
    assert not any(word in told for word in ("tea", "чай", "evil", "Ignore", "script"))


def test_the_block_keeps_to_its_tokens(alice):
    for number in range(5):
        corrected(alice, f"{number} " + "слово " * 80)
    found = lessons_for(holding(alice), "question", language="en")
    assert found.ids
    assert found.tokens <= TOKENS


@pytest.mark.django_db(transaction=True)
def test_fifty_people_at_once_get_their_own_alone():
    people: list[object] = [make_user(f"person{number}") for number in range(25)]
    people += [AnonymousSubscriber.objects.create() for _ in range(25)]
    for number, person in enumerate(people):
        corrected(person, f"The box is number{number}.", question=f"Where is key{number}?")

    def ask(person):
        try:
            return person, lines(person)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, people * 2))
    own = {person: number for number, person in enumerate(people)}
    for person, found in answers:
        number = own[person]
        assert found == [{"correction": f"The box is number{number}.", "about": f"Where is key{number}?"}]

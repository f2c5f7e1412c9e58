"""What comes to mind for a question, and what does not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.memory.index import indexes
from chat.memory.models import Memory
from chat.memory.recall import note_recalled, recall
from chat.memory.services import correct, decide, erase_all, forget_one, pin, set_enabled
from chat.memory.vectors import embed_next
from integrations.services.usage import estimate_tokens
from tests.chat.memory.conftest import confirmed, holding, told

pytestmark = pytest.mark.django_db


def recalled(actor, question, language="en"):
    return [memory.text for memory in recall(actor, question, language=language).memories]


def test_words_find_what_fits(alice):
    told(alice, "Lives in Kazan near the river", "Has a cat named Murka", "Works as a nurse")
    assert recalled(alice, "What is my cat called?") == ["Has a cat named Murka"]
    assert recalled(alice, "How does photosynthesis begin?") == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Где я живу?", "Живёт в Казани у реки"),
        ("как зовут моих кошек", "Кошку зовут Мурка"),
        ("Помнишь про кошку?", "Кошку зовут Мурка"),
        ("что ты знаешь о моей работе", "Работает медсестрой в больнице"),
    ],
)
def test_russian_words_meet_in_their_forms(alice, question, found):
    told(alice, "Живёт в Казани у реки", "Кошку зовут Мурка", "Работает медсестрой в больнице")
    assert recalled(alice, question, "ru") == [found]


def test_vectors_find_what_no_word_says(alice, words_encoder):
    told(alice, "Loves tea", "Has a dog", "Works as a nurse")
    assert recalled(alice, "Which pet do I have?") == []
    assert recalled(alice, "How does photosynthesis work?") == ["Works as a nurse"]
    assert embed_next()
    assert not embed_next()
    assert recalled(alice, "Which pet do I have?") == ["Has a dog"]
    assert recalled(alice, "Какой напиток предложить?") == ["Loves tea"]
    # One word of two is chance where the vectors say that it means something else.
    assert recalled(alice, "How does photosynthesis work?") == []


def test_a_memory_without_a_vector_is_found_by_words(alice, words_encoder):
    told(alice, "Loves tea")
    embed_next()
    told(alice, "Brews tea in a samovar")
    assert set(recalled(alice, "How do I brew tea?")) == {"Loves tea", "Brews tea in a samovar"}


@pytest.mark.parametrize("count", [63, 64, 65, 128])
def test_memories_without_vectors_are_found_however_many_there_are(alice, words_encoder, count):
    told(alice, *(f"Has coffee number{number}" for number in range(count)))
    while embed_next():
        pass
    assert recalled(alice, "Which tea?")
    told(alice, "Has a canary from Tula")
    assert "Has a canary from Tula" in recalled(alice, "Which canary?")


def test_numbers_of_another_encoder_are_never_compared(alice, words_encoder, settings):
    told(alice, "Has a dog")
    embed_next()
    Memory.objects.update(encoder="former", revision=2)
    indexes.clear()
    assert recalled(alice, "Which pet do I have?") == []
    assert embed_next()
    assert recalled(alice, "Which pet do I have?") == ["Has a dog"]


def test_a_text_that_is_corrected_loses_its_vector(alice, words_encoder):
    (kept,) = told(alice, "Has a dog")
    embed_next()
    correct(kept.memory, {"text": "Has a parrot"}, actor=alice)
    assert recalled(alice, "Which pet do I have?") == []
    assert recalled(alice, "the parrot") == ["Has a parrot"]
    assert recalled(alice, "the dog") == []


def test_a_missing_encoder_leaves_the_words(alice, settings):
    settings.KNOWLEDGE_ENCODER = "gone"
    told(alice, "Has a cat named Murka")
    assert not embed_next()
    assert recalled(alice, "my cat") == ["Has a cat named Murka"]


def test_the_most_important_of_the_same_fit_comes_first_and_three_are_enough(alice):
    for place, importance in (("Perm", 0.2), ("Oslo", 0.9), ("Rome", 0.5), ("Lima", 0.7)):
        told(alice, f"Visited {place} as a tourist", importance=importance)
    found = recalled(alice, "Which places have I visited as a tourist?")
    assert found[0] == "Visited Oslo as a tourist"
    assert len(found) == 3


@pytest.mark.parametrize("state", ["pending", "rejected"])
def test_what_nobody_has_checked_is_not_recalled(alice, tea, state):
    decide(tea, state, actor=alice)
    assert recalled(alice, "green tea") == []
    decide(tea, "validated", actor=alice)
    assert recalled(alice, "green tea") == [tea.text]


def test_pinned_ones_and_instructions_come_whatever_is_asked_and_first(alice, tea):
    told(alice, "Wants short answers", category="instruction")
    confirmed(alice, "Is allergic to nuts", pinned=True)
    assert recalled(alice, "What about green tea?") == ["Is allergic to nuts", "Wants short answers", tea.text]
    assert recalled(alice, "photosynthesis") == ["Is allergic to nuts", "Wants short answers"]
    pin(Memory.objects.get(pinned=True), pinned=False, actor=alice)
    assert recalled(alice, "photosynthesis") == ["Wants short answers"]


@pytest.mark.parametrize("budget", [0, 50, 120, 200, 400, 1000])
def test_the_budget_is_never_exceeded(alice, settings, budget):
    settings.MEMORY_PROMPT_TOKENS = budget
    for number in range(12):
        confirmed(alice, f"Правило {number}: {'очень подробно ' * (number + 1)}", category="instruction")
    told(alice, "Likes green tea")
    result = recall(alice, "green tea", language="en")
    assert estimate_tokens(result.block) == result.tokens <= budget
    assert bool(result.memories) == bool(result.block)
    assert budget < 200 or result.memories


def test_standing_ones_leave_room_for_what_fits(alice, settings):
    for number in range(20):
        confirmed(alice, f"Rule{number} says topic{number} needs a table with colour{number}", category="instruction")
    told(alice, "Likes green tea")
    found = recalled(alice, "What is my favourite green tea?")
    assert "Likes green tea" in found
    assert len(found) > 1


def test_a_caller_without_identity_has_no_memory(django_assert_num_queries):
    with django_assert_num_queries(0):
        result = recall(None, "tea", language="en")
    assert (result.block, result.learns) == ("", False)


def test_visitors_have_a_memory_of_their_own(visitor, alice):
    told(visitor, "Likes green tea")
    assert recalled(visitor, "green tea") == ["Likes green tea"]
    assert recalled(alice, "green tea") == []


def test_switched_off_nothing_is_recalled(alice, tea, settings):
    set_enabled(holding(alice), enabled=False, actor=alice)
    result = recall(alice, "green tea", language="en")
    assert (result.memories, result.learns) == ([], False)
    set_enabled(holding(alice), enabled=True, actor=alice)
    assert recalled(alice, "green tea") == [tea.text]
    settings.MEMORY_ENABLED = False
    assert recalled(alice, "green tea") == []


def test_a_warm_recall_takes_one_query_and_one_more_after_a_write(alice, tea, django_assert_num_queries):
    recall(alice, "tea", language="en")
    with django_assert_num_queries(2):  # The second one asks which index of the knowledge base is live.
        recall(alice, "coffee", language="en")
    told(alice, "Has a cat")
    indexes.of(holding(alice), revision=1, floor=0, encoder="")
    with CaptureQueriesContext(connection) as queries:
        assert recalled(alice, "the cat") == ["Has a cat"]
    assert len(queries) <= 3


def test_what_another_process_writes_is_seen_at_the_next_question(alice, tea):
    """Another process is one whose index knows nothing of ours."""
    assert recalled(alice, "green tea") == [tea.text]
    mine = indexes._known.copy()
    indexes.clear()
    told(alice, "Green is the favourite colour")
    forget_one(tea, actor=alice)
    indexes._known = mine
    assert recalled(alice, "green tea") == ["Green is the favourite colour"]
    indexes.clear()
    erase_all(holding(alice), actor=alice)
    indexes._known = mine
    assert recalled(alice, "green tea") == []


def test_an_addition_is_read_alone(alice, tea):
    recall(alice, "tea", language="en")
    index = indexes._known[holding(alice)]
    told(alice, "Has a cat")
    recall(alice, "cat", language="en")
    assert indexes._known[holding(alice)] is index
    assert len(index) == 2


def test_indexes_stay_within_their_bytes(alice, bob, settings):
    settings.MEMORY_INDEX_MEGABYTES = 0
    told(alice, "Has a cat")
    told(bob, "Has a dog")
    recall(alice, "cat", language="en")
    recall(bob, "dog", language="en")
    assert list(indexes._known) == [holding(bob)]
    assert recalled(alice, "cat") == ["Has a cat"]


def test_an_index_that_is_changed_often_is_built_anew(alice, monkeypatch):
    monkeypatch.setattr("chat.memory.index.WORN_ROWS", 5)
    (kept,) = told(alice, "Has cat0")
    for number in range(1, 30):
        correct(kept.memory, {"text": f"Has cat{number}"}, actor=alice)
        assert recalled(alice, f"cat{number}") == [f"Has cat{number}"]
    assert len(indexes._known[holding(alice)].entries) < 10


def test_uses_are_counted_in_one_statement_and_keep_from_fading(alice, tea, django_assert_num_queries):
    other = told(alice, "Has a cat")[0].memory
    with django_assert_num_queries(1):
        note_recalled(holding(alice), [tea.pk])
    tea.refresh_from_db()
    assert tea.access_count == 1
    assert tea.fades_at > timezone.now() + timedelta(days=6)
    for _ in range(2):
        note_recalled(holding(alice), [tea.pk])
    tea.refresh_from_db()
    assert (tea.access_count, tea.fades_at) == (3, None)
    other.refresh_from_db()
    assert other.access_count == 0


def test_nobody_counts_for_others(alice, bob, tea):
    note_recalled(holding(bob), [tea.pk])
    tea.refresh_from_db()
    assert tea.access_count == 0


def test_a_wild_question_does_no_harm(alice, tea):
    for question in ("", "\x00", "?" * 5000, "tea " * 5000, "𝕿𝖊𝖆", "' OR 1=1 --"):
        recall(alice, question, language="en")

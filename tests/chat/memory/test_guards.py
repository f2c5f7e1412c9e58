"""What is remembered once, merged, held back, or not at all."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.memory import errors
from chat.memory.models import Memory, MemoryAccount
from chat.memory.private import holds_secret
from tests.chat.memory.conftest import confirmed, holding, texts_of, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("again", ["Likes green tea", "likes green TEA!", "  Likes   green tea. ", "Likes «green» tea"])
def test_the_same_is_remembered_once(alice, again):
    told(alice, "Likes green tea")
    (kept,) = told(alice, again)
    assert kept.outcome in {"duplicate", "merged"}
    assert texts_of(alice) == ["Likes green tea"]


def test_the_database_refuses_what_is_there_already(alice, tea):
    with pytest.raises(IntegrityError), transaction.atomic():
        Memory.objects.create(owner=alice, text="x", digest=tea.digest)


def test_a_memory_belongs_to_exactly_one(alice, visitor):
    for fields in ({}, {"owner": alice, "visitor": visitor}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Memory.objects.create(text="x", digest="x", **fields)
        with pytest.raises(IntegrityError), transaction.atomic():
            MemoryAccount.objects.create(**fields)


def test_two_people_may_have_the_same(alice, bob, visitor):
    for actor in (alice, bob, visitor):
        assert told(actor, "Lives in Kazan")[0].outcome == "added"
    assert Memory.objects.count() == 3


def test_what_is_nearly_the_same_merges_and_is_surer_then(alice):
    (first,) = told(alice, "Любит зелёный чай по утрам", importance=0.5)
    (second,) = told(alice, "Любит зелёный чай по утру", importance=0.9)
    assert second.outcome == "merged"
    memory = Memory.objects.get()
    assert (memory.pk, memory.support, memory.importance) == (first.memory.pk, 2, 0.9)
    assert memory.confidence > 0.8


def test_the_more_exact_wording_stays(alice):
    told(alice, "Works as an engineer at the Kazan plant")
    told(alice, "Works as a senior engineer at the Kazan plant")
    told(alice, "Works as an engineer at the Kazan plant")
    assert texts_of(alice) == ["Works as a senior engineer at the Kazan plant"]


def test_the_persons_own_wording_is_not_replaced(alice):
    confirmed(alice, "Works as an engineer at the Kazan plant")
    assert told(alice, "Works as a senior engineer at the Kazan plant")[0].outcome == "merged"
    assert texts_of(alice) == ["Works as an engineer at the Kazan plant"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The daughter is 5 years old now", "The daughter is 6 years old now"),
        ("Wants answers with many examples", "Wants no answers with many examples"),
        ("Любит писать длинные письма", "Не любит писать длинные письма"),
        (
            "Anna works at the aviation plant in Kazan as engineer",
            "Olga works at the aviation plant in Kazan as engineer",
        ),
    ],
)
def test_what_contradicts_is_not_merged(alice, one, other):
    told(alice, one)
    assert told(alice, other)[0].outcome == "added"
    assert Memory.objects.count() == 2


def test_a_loop_is_stopped_and_ends_with_time(alice):
    outcomes = [told(alice, f"The counter of visits stands at {number}")[0] for number in range(8)]
    assert [kept.outcome for kept in outcomes] == ["added"] * 5 + ["refused"] * 3
    assert outcomes[-1].code == errors.REPEATED
    Memory.objects.update(burst_at=timezone.now() - timedelta(minutes=6))
    assert told(alice, "The counter of visits stands at 99")[0].outcome == "added"


def test_repeating_the_same_does_not_make_it_surer_without_end(alice):
    outcomes = [told(alice, "Likes tea")[0].outcome for _ in range(8)]
    assert outcomes == ["added"] + ["duplicate"] * 4 + ["refused"] * 3
    assert Memory.objects.get().support == 5


def test_a_person_may_say_alike_things_in_a_row(alice):
    outcomes = [confirmed(alice, f"Room {number} is mine to clean")[0].outcome for number in range(8)]
    assert outcomes == ["added"] * 8


@pytest.mark.parametrize(
    "text",
    [
        "My API key is sk-proj-abcdef1234567890",
        "The password is tidal-marmot",
        "Пароль от почты: сова42",
        "пин-код 4821",
        "Card 4111 1111 1111 1111 expires 04/29",
        "Карта 5555-5555-5555-4444",
        "Uses Bearer eyJhbGciOi.eyJzdWIi.abc",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "Key AKIA" + "IOSFODNN7EXAMPLE for the bucket",
        "Token: ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
        "Hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    ],
)
def test_secrets_are_never_remembered(alice, text):
    for kept in (*told(alice, text), *confirmed(alice, text)):
        assert (kept.outcome, kept.code) == ("refused", errors.SECRET)
    assert not Memory.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "Keeps forgetting passwords and uses a manager",
        "Телефон мамы 8 912 345-67-89",
        "Любит фильм «Секретные материалы»",
        "Order 100200300400 came late",
        "Works on https://github.com/example/internationalisation-handbook",
    ],
)
def test_what_only_sounds_secret_is_remembered(text):
    assert not holds_secret(text)


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u202e", "?!"])
def test_what_says_nothing_is_refused(alice, text):
    assert told(alice, text)[0].code == errors.EMPTY


def test_a_text_that_is_too_long_is_refused(alice):
    assert told(alice, "tea " * 300)[0].code == errors.TOO_LONG


def test_what_is_too_uncertain_is_refused(alice):
    assert told(alice, "Likes tea", confidence=0.2)[0].code == errors.UNSURE


def test_characters_that_nobody_sees_are_taken_out(alice):
    told(alice, "Likes\x00 te\u200ba\u202e\U000e0041 a lot\nevery day")
    assert texts_of(alice) == ["Likes tea a lot every day"]


def test_a_full_kind_forgets_its_least_worthy(alice, settings):
    settings.MEMORY_LIMITS = settings.MEMORY_LIMITS | {"episodic": 3}
    for number, importance in enumerate((0.9, 0.2, 0.8)):
        told(alice, f"Visited {['Perm', 'Oslo', 'Rome'][number]}", category="event", importance=importance)
    told(alice, "Visited Lima", category="event")
    assert sorted(texts_of(alice)) == ["Visited Lima", "Visited Perm", "Visited Rome"]


def test_what_is_protected_is_not_pushed_out(alice, settings):
    settings.MEMORY_LIMITS = settings.MEMORY_LIMITS | {"episodic": 2}
    confirmed(alice, "Visited Perm", category="event")
    told(alice, "Visited Rome", category="event", pinned=True)
    (kept,) = told(alice, "Visited Lima", category="event")
    assert (kept.outcome, kept.code) == ("refused", errors.FULL)


def test_what_was_rejected_is_not_learned_again(alice, tea):
    Memory.objects.update(validation="rejected")
    for text in (tea.text, tea.text + " at home"):
        (kept,) = told(alice, text)
        assert (kept.outcome, kept.code) == ("refused", errors.REJECTED)
    (kept,) = confirmed(alice, tea.text)
    assert kept.memory.validation == "user_confirmed"


def test_what_waits_for_a_check_is_settled_by_what_was_said(alice):
    told(alice, "Has 3 cats", validation="pending", confidence=0.3)
    told(alice, "Has 3 cats")
    memory = Memory.objects.get()
    assert (memory.validation, memory.support) == ("validated", 2)
    assert memory.confidence > 0.8


def test_writing_takes_a_constant_number_of_queries(alice, django_assert_max_num_queries):
    told(alice, *(f"Knows the {word} by heart" for word in ("sonnet", "anthem", "poem")))
    for number in range(30):
        confirmed(alice, f"Read book{number} about subject{number}")
    with django_assert_max_num_queries(14):
        told(alice, "Is learning Spanish")


def test_writing_raises_the_revision_by_one(alice):
    told(alice, "Likes tea", "Has a cat", "Lives in Kazan")
    account = MemoryAccount.objects.get(**holding(alice).fields)
    assert (account.revision, account.floor) == (1, 0)
    assert set(Memory.objects.values_list("revision", flat=True)) == {1}

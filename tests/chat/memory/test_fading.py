"""What is of no use fades week by week."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.memory.decay import fade_next
from chat.memory.models import Memory
from chat.memory.recall import note_recalled
from chat.memory.services import pin
from chat.memory.tasks import fade_memories
from tests.chat.memory.conftest import confirmed, holding, texts_of, told

pytestmark = pytest.mark.django_db


def after(**time):
    return timezone.now() + timedelta(**time)


def confidence():
    return Memory.objects.get().confidence


def test_a_week_without_use_costs_a_little_confidence_once(alice, tea):
    assert not fade_next(after(days=6))
    assert fade_next(after(days=7, hours=1))
    assert confidence() == pytest.approx(0.75)
    assert not fade_next(after(days=7, hours=2))
    assert confidence() == pytest.approx(0.75)


def test_weeks_in_which_nobody_looked_are_made_up_for(alice, tea):
    fade_next(after(days=22))
    assert confidence() == pytest.approx(0.65)
    fade_next(after(days=28, hours=1))
    assert confidence() == pytest.approx(0.60)


def test_being_recalled_begins_a_new_week(alice, tea):
    Memory.objects.update(fades_at=after(hours=1))
    note_recalled(holding(alice), [tea.pk])
    assert not fade_next(after(days=6))


def test_what_is_recalled_often_does_not_fade(alice, tea):
    for _ in range(3):
        note_recalled(holding(alice), [tea.pk])
    assert not fade_next(after(days=400))


def test_what_has_faded_away_is_forgotten_everywhere(alice, tea):
    told(alice, "Is allergic to nuts", category="fact")
    while fade_next(after(days=7 * 15)):
        pass
    assert texts_of(alice) == ["Is allergic to nuts"]
    told(alice, "Likes cake")
    assert len(texts_of(alice)) == 2


@pytest.mark.parametrize("category", ["fact", "person", "instruction"])
def test_facts_people_and_instructions_stay(alice, category):
    told(alice, "Something to keep", category=category)
    assert not fade_next(after(days=4000))


def test_what_the_person_said_or_pinned_stays(alice, tea):
    confirmed(alice, "Visits the sea")
    pin(tea, pinned=True, actor=alice)
    assert not fade_next(after(days=4000))
    pin(tea, pinned=False, actor=alice)
    assert fade_next(after(days=8))


def test_much_is_faded_in_pieces(alice, bob, monkeypatch):
    monkeypatch.setattr("chat.memory.decay.TOGETHER", 2)
    for actor in (alice, bob):
        told(actor, "Likes tea", "Has a boat", "Reads novels")
    Memory.objects.update(fades_at=timezone.now())
    fade_memories()
    assert {round(value, 2) for value in Memory.objects.values_list("confidence", flat=True)} == {0.75}

"""The traits: moved by judged answers both ways, always between 0 and 1, and the same prompt for everybody."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.experience import tasks
from chat.experience.measuring import measure
from chat.experience.models import Experience, Personality, TraitPoint
from chat.experience.personality import character, persona, rename, the_personality
from chat.experience.rating import rate_turn
from chat.experience.traits import MOST_OF_ONE, START, Judged, averages_of, counted, strengths_of, traits_of
from chat.pipeline.choices import TaskType
from chat.prompts.registry import spec_of
from tests.chat.experience.conftest import judged, many


def test_without_answers_the_traits_are_where_they_start():
    assert traits_of([]) == START


@pytest.mark.parametrize(
    ("trait", "kind"), [("helpfulness", "code"), ("creativity", "creative"), ("curiosity", "search")]
)
def test_a_trait_moves_up_and_down(trait, kind):
    up = traits_of([Judged(kind, 10)] * 50)
    down = traits_of([Judged(kind, 1)] * 50)
    assert down[trait] < START[trait] < up[trait]


def test_creativity_and_curiosity_rest_on_their_own_work():
    moved = traits_of([Judged("code", 1)] * 100)
    assert (moved["creativity"], moved["curiosity"]) == (START["creativity"], START["curiosity"])
    assert moved["helpfulness"] < START["helpfulness"]


def test_self_awareness_is_how_far_verifier_and_people_agree():
    agrees = [Judged("code", 9, score=9, thumb=1), Judged("code", 3, score=2, thumb=-1)]
    disagrees = [Judged("code", 9, score=2, thumb=1), Judged("code", 3, score=10, thumb=-1)]
    assert traits_of(disagrees * 20)["self_awareness"] < START["self_awareness"]
    assert traits_of(agrees * 20)["self_awareness"] > START["self_awareness"]
    assert traits_of([Judged("code", 9, score=9)] * 40)["self_awareness"] == START["self_awareness"]


@pytest.mark.parametrize("effective", [1, 10])
def test_the_traits_stay_between_0_and_1(effective):
    answers = [
        Judged(kind, effective, score=score, thumb=thumb)
        for kind in TaskType.values
        for score in (None, 1, 10)
        for thumb in (None, -1, 1)
    ]
    assert all(0 <= value <= 1 for value in traits_of(answers * 100).values())


def test_a_few_answers_move_little_and_a_person_more_than_the_verifier():
    by_verifier = traits_of([Judged("code", 1)])["helpfulness"]
    by_person = traits_of([Judged("code", 1, thumb=-1)])["helpfulness"]
    assert START["helpfulness"] - 0.1 > by_person - 0.1
    assert by_person < by_verifier < START["helpfulness"]
    assert START["helpfulness"] - by_verifier < 0.05


def test_one_person_does_not_make_the_personality_alone():
    answers = [Judged("code", 1, whose=1)] * 500 + [Judged("code", 10, whose=2)] * 10
    assert len(counted(answers)) == MOST_OF_ONE + 10
    assert len(counted([Judged("code", 5)] * 500)) == 500


def test_averages_roll_on():
    """The answers are the newest first."""
    averages = averages_of([Judged("code", 9)] * 50 + [Judged("code", 1)] * 500)
    assert averages == {"code": {"answers": 50, "average": 9.0}}
    weighed = averages_of([Judged("task", 9, thumb=1), Judged("task", 1)])
    assert weighed["task"]["average"] == 7.0


def test_a_kind_is_a_strength_or_a_weakness_never_both():
    for average in [score / 10 for score in range(10, 101)]:
        strong, weak = strengths_of({"code": {"answers": 10, "average": average}})
        assert not (strong and weak)
    assert strengths_of({"code": {"answers": 4, "average": 10.0}}) == ([], [])
    assert strengths_of({"unknown": {"answers": 9, "average": 10.0}, "gone": {"answers": 9, "average": 1.0}}) == (
        [],
        [],
    )
    averages = {"code": 8.0, "task": 9.5, "search": 2.0, "question": 4.0, "creative": 6.5}
    rows = {kind: {"answers": 9, "average": value} for kind, value in averages.items()}
    assert strengths_of(rows) == (["task", "code"], ["search", "question"])


@pytest.mark.django_db
def test_a_measurement_is_a_point_a_day(alice):
    many(alice, 10, task_type="code", verdict="accepted", score=10)
    measure()
    tasks.measure_personality()
    point = TraitPoint.objects.get()
    assert (point.day, point.answers) == (timezone.localdate(), 10)
    assert point.helpfulness > START["helpfulness"]
    Experience.objects.update(score=1)
    measure()
    point.refresh_from_db()
    assert point.helpfulness < START["helpfulness"]


@pytest.mark.django_db
def test_what_is_old_counts_no_more_and_old_points_go(alice):
    many(alice, 5)
    Experience.objects.update(created_at=timezone.now() - timedelta(days=31))
    for days in (400, 300):
        TraitPoint.objects.create(day=timezone.localdate() - timedelta(days=days), **START)
    assert measure().answers == 0
    assert TraitPoint.objects.count() == 2


@pytest.mark.django_db
def test_an_outage_moves_nothing(alice):
    judged(alice, verdict="unknown", score=None)
    judged(alice, model_key="local-answers", verdict="accepted", score=9)
    assert measure().answers == 0
    assert traits_of([]) == START


@pytest.mark.django_db
def test_a_verdict_without_a_score_moves_nothing(alice):
    judged(alice, verdict="rejected", score=None)
    assert measure().answers == 0


@pytest.mark.django_db
def test_measuring_takes_the_same_queries_however_many_rows(alice, django_assert_max_num_queries):
    measure()
    many(alice, 2000)
    with django_assert_max_num_queries(6):
        measure()


@pytest.mark.django_db
def test_the_persona_says_what_it_must_and_no_word_of_anybody(alice):
    row = judged(alice, "Where is the treasure of Alice?", verdict="needs_work", score=2, problems="treasure")
    rate_turn(row.turn, -1, correction="The treasure is in the cellar.", actor=alice)
    many(alice, 20, task_type="code", verdict="accepted", score=10)
    many(alice, 20, task_type="creative", verdict="rejected", score=1)
    rename("Vega", actor=alice)
    measure()
    text = persona("ru")
    assert text.startswith("Your name is Vega.")
    for words in (
        "first person, in Russian",
        "Invent no events",
        "you do not know",
        "private",
        "well at this kind of work: code.",
        "care with this kind of work: creative work.",
    ):
        assert words in text
    assert "treasure" not in text.lower() and "alice" not in text.lower()


@pytest.mark.django_db
def test_the_persona_before_anything_was_learned():
    text = persona("en")
    assert "curiosity 0.70, helpfulness 0.80, self awareness 0.50, creativity 0.60" in text
    assert "{" not in text and text == text.strip()
    assert "in English" in persona("xx")


def test_staff_can_edit_the_persona():
    assert spec_of("persona").names == {"name", "language", "traits", "strengths", "weaknesses"}


@pytest.mark.django_db
def test_the_persona_costs_few_queries(django_assert_max_num_queries, settings):
    settings.REMEMBER_SECONDS = 60
    with django_assert_max_num_queries(3):
        persona("en")
    with django_assert_max_num_queries(0):
        persona("ru")


@pytest.mark.django_db
def test_a_name_is_a_version(alice):
    the_personality()
    rename("Vega", actor=alice)
    rename("Vega", actor=alice)
    assert (character().name, character().version) == ("Vega", 2)
    rename("", actor=alice)
    assert character().name == "Switchboard"


@pytest.mark.django_db
def test_there_is_one_personality():
    the_personality()
    with pytest.raises(IntegrityError), transaction.atomic():
        Personality.objects.create(pk=2)
    with pytest.raises(ValidationError):
        TraitPoint(day=timezone.localdate(), **{**START, "creativity": 1.5}).full_clean()

"""What people say of answers: their own, and it counts more than what the verifier says."""

import uuid

import pytest

from accounts.models import AnonymousSubscriber
from accounts.services.tokens import issue_visitor_token
from chat.artifacts.models import Artifact
from chat.artifacts.services import rate_artifact
from chat.choices import Channel, TurnState
from chat.experience.models import Experience
from chat.memory.services import erase_all, set_enabled
from chat.widgets.models import Widget, WidgetSession
from integrations.services.environment import LOCAL_ANSWERS
from tests.chat.experience.conftest import answered, holding, judged, lines

pytestmark = pytest.mark.django_db


def address(turn):
    return f"/api/v1/turns/{turn.pk}/rating"


@pytest.fixture
def alices(api, alice):
    api.force_authenticate(alice)
    return api


def rate(api, turn, rating, **more):
    return api.post(address(turn), {"rating": rating, **more}, format="json")


def test_a_thumb_on_an_unjudged_answer_makes_its_experience(alices, alice):
    turn = answered(alice, "What does it cost?", task_type="task")
    assert alices.get(address(turn)).json() == {"rating": 0, "correction": ""}
    assert rate(alices, turn, 1).json() == {"rating": 1, "correction": ""}
    row = Experience.objects.get(turn=turn)
    assert (row.owner, row.task_type, row.verdict) == (alice, "task", "unknown")
    assert (row.score, row.effective, row.lesson, row.user_input) == (None, 9, "liked", "What does it cost?")
    assert rate(alices, turn, 0).json()["rating"] == 0
    assert not Experience.objects.exists()


@pytest.mark.parametrize(
    ("score", "thumb", "effective"),
    [(2, 1, 9), (10, 1, 10), (9, -1, 3), (1, -1, 1), (7, 0, 7), (10, -1, 3)],
)
def test_a_persons_thumb_outweighs_the_verifier(alices, alice, score, thumb, effective):
    row = judged(alice, score=score)
    rate(alices, row.turn, thumb)
    row.refresh_from_db()
    assert (row.score, row.effective) == (score, effective)


def test_a_thumb_taken_back_leaves_the_verifiers_word(alices, alice):
    row = judged(alice, verdict="needs_work", score=5, problems="wrong")
    rate(alices, row.turn, 1)
    rate(alices, row.turn, 0)
    row.refresh_from_db()
    assert (row.thumb, row.effective, row.lesson, row.rated_at) == (None, 5, "facts", None)


def test_a_correction_is_kept_replaced_and_taken_back(alices, alice):
    turn = answered(alice)
    assert rate(alices, turn, -1, correction=" In  euros. ").json() == {"rating": -1, "correction": "In euros."}
    assert rate(alices, turn, -1).json()["correction"] == "In euros."
    assert alices.get(f"{address(turn)}/").json() == {"rating": -1, "correction": "In euros."}
    assert rate(alices, turn, -1, correction="In pounds.").json()["correction"] == "In pounds."
    assert rate(alices, turn, -1, correction="").json()["correction"] == ""
    assert Experience.objects.get(turn=turn).lesson == "disliked"
    rate(alices, turn, -1, correction="In yen.")
    assert rate(alices, turn, 1).json() == {"rating": 1, "correction": ""}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rating": 2},
        {"rating": True},
        {"rating": "1"},
        {"rating": None},
        {"rating": 0.5},
        {"rating": [1]},
        {"rating": 10**30},
        {"rating": -1, "correction": "x" * 501},
        {"rating": -1, "correction": 5},
        {"rating": 1, "correction": "But shorter."},
        {"rating": -1, "correction": "my password is hunter22"},
        [],
        "x",
    ],
)
def test_bad_input_is_refused_and_named(alices, alice, body):
    turn = answered(alice)
    answer = alices.post(address(turn), body, format="json")
    assert answer.status_code == 422
    if isinstance(body, dict):
        assert ("correction" if "correction" in body else "rating") in str(answer.json()["errors"])
    assert not Experience.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"state": TurnState.STOPPED}, {"state": TurnState.FAILED}, {"model_key": LOCAL_ANSWERS}, {"model_key": ""}],
)
def test_only_a_models_finished_answer_is_rated(alices, alice, fields):
    assert rate(alices, answered(alice, **fields), 1).status_code == 409


def test_others_find_nothing(api, alice, bob, charlie, dana, visitor):
    turn = answered(alice)
    for person in (bob, charlie, dana):
        api.force_authenticate(person)
        assert rate(api, turn, 1).status_code == api.get(address(turn)).status_code == 404
    api.force_authenticate(None)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    assert rate(api, turn, -1).status_code == 404
    assert not Experience.objects.exists()


def test_callers_without_identity_rate_nothing(api, alice, settings):
    settings.CHAT_ANONYMOUS = True
    for turn in (answered(alice), answered(None)):
        assert rate(api, turn, 1).status_code in {401, 403}
        assert api.get(address(turn)).status_code in {401, 403}


def test_a_visitor_rates_his_own(api, visitor):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    turn = answered(visitor)
    assert rate(api, turn, 1).status_code == 200
    assert Experience.objects.get().visitor == visitor


def test_a_widgets_visitor_does_not(api):
    person = AnonymousSubscriber.objects.create()
    widget = Widget.objects.create(name="Shop")
    WidgetSession.objects.create(widget=widget, visitor=person)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(person)}")
    assert rate(api, answered(person), 1).status_code in {401, 403}


def test_answers_of_other_channels_and_unknown_ones_are_not_found(alices, alice):
    assert rate(alices, answered(alice, channel=Channel.COPILOT), 1).status_code == 404
    assert alices.post(f"/api/v1/turns/{uuid.uuid4()}/rating", {"rating": 1}, format="json").status_code == 404


def test_who_switched_memory_off_rates_without_words(alices, alice):
    turn = answered(alice)
    set_enabled(holding(alice), enabled=False, actor=alice)
    assert rate(alices, turn, -1, correction="In euros.").status_code == 422
    assert rate(alices, turn, -1).status_code == 200
    row = Experience.objects.get()
    assert (row.thumb, row.user_input, row.lesson, row.correction) == (-1, "", "", "")


def test_what_was_asked_before_an_erasure_is_not_quoted(alices, alice):
    turn = answered(alice)
    erase_all(holding(alice), actor=alice)
    rate(alices, turn, -1, correction="In euros.")
    row = Experience.objects.get()
    assert (row.user_input, row.correction) == ("", "In euros.")
    assert lines(alice)[0] == {"correction": "In euros."}


def test_the_conversation_says_how_each_answer_is_rated(alices, alice, django_assert_num_queries):
    turn = answered(alice)
    conversation = f"/api/v1/conversations/{turn.conversation_id}"

    def shown():
        return alices.get(conversation).json()["messages"][1]["turn"]["rating"]

    assert shown() == 0
    rate(alices, turn, -1)
    assert shown() == -1
    turn.state = TurnState.FAILED
    turn.save()
    assert shown() is None


def page_of(actor, **fields):
    return Artifact.objects.create(
        owner=actor if actor and not isinstance(actor, AnonymousSubscriber) else None, task="A game", html="x", **fields
    )


@pytest.mark.parametrize(("stars", "effective"), [(5, 9), (4, 9), (2, 3), (1, 3)])
def test_stars_of_a_mini_page_are_creative_work(alice, stars, effective):
    rate_artifact(page_of(alice), stars, actor=alice)
    row = Experience.objects.get()
    assert (row.owner, row.task_type, row.effective, row.user_input) == (alice, "creative", effective, "A game")


def test_three_stars_say_nothing_and_later_stars_replace_earlier_ones(alice):
    page = page_of(alice)
    rate_artifact(page, 3, actor=alice)
    assert not Experience.objects.exists()
    rate_artifact(page, 5, actor=alice)
    rate_artifact(page, 1, actor=alice)
    assert Experience.objects.get().effective == 3
    rate_artifact(page, 3, actor=alice)
    assert not Experience.objects.exists()


def test_a_page_of_a_turn_has_the_turns_row(alice):
    row = judged(alice, task_type="creative", score=6)
    rate_artifact(page_of(alice, turn=row.turn), 5, actor=alice)
    assert Experience.objects.get().effective == 9


def test_a_page_of_nobody_leaves_figures_alone(db):
    rate_artifact(page_of(None), 5, actor=None)
    row = Experience.objects.get()
    assert (row.owner, row.visitor, row.user_input, row.lesson, row.effective) == (None, None, "", "", 9)

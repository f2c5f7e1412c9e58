"""Experience in the life of a turn: what a person puts right reaches his later prompts, and nobody else's."""

import pytest

from accounts.services.tokens import issue_user_token
from chat.experience.models import Experience
from tests.chat.conftest import finished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(api, runner, connected, models):
    """Asks as somebody and gives the turn and what the model was told for its answer."""
    connected("echo")

    def ask(person, message):
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_user_token(person)}")
        turn = finished(api.post("/api/v1/turns", {"message": message}, format="json").json()["turn"])
        return turn, models.requests[-1]["messages"][0]["content"]

    return ask


def test_a_correction_reaches_the_next_prompt_of_this_person_alone(api, alice, bob, asked):
    turn, before = asked(alice, "What does the delivery cost?")
    assert "<lessons>" not in before
    body = {"rating": -1, "correction": "Prices are in euros here."}
    assert api.post(f"/api/v1/turns/{turn.pk}/rating", body, format="json").status_code == 200
    _, told = asked(alice, "What does the repair cost?")
    assert '{"correction": "Prices are in euros here.", "about": "What does the delivery cost?"}' in told
    _, others = asked(bob, "What does the repair cost?")
    assert "euros" not in others


def test_the_kind_of_work_is_that_of_the_turn(api, alice, asked):
    turn, _ = asked(alice, "What does the delivery cost?")
    api.post(f"/api/v1/turns/{turn.pk}/rating", {"rating": 1}, format="json")
    assert Experience.objects.get().task_type == "question"


def test_the_assistant_says_its_name(alice, asked):
    _, told = asked(alice, "What does the delivery cost?")
    assert "Your name is Switchboard. Speak of yourself in the first person, in English." in told


def test_answers_without_a_model_leave_nothing_and_are_not_rated(api, alice, runner, local_only):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_user_token(alice)}")
    turn = finished(api.post("/api/v1/turns", {"message": "How are keys rotated?"}, format="json").json()["turn"])
    assert api.post(f"/api/v1/turns/{turn.pk}/rating", {"rating": 1}, format="json").status_code == 409
    conversation = api.get(f"/api/v1/conversations/{turn.conversation_id}").json()
    assert conversation["messages"][1]["turn"]["rating"] is None
    assert not Experience.objects.exists()

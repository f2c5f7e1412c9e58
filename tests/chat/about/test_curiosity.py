"""What the assistant would like to ask: from gaps in what it knows of this caller."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext, override

from chat.choices import Channel
from chat.experience.models import Experience
from chat.memory.models import Memory
from chat.memory.services import set_enabled
from chat.models import Turn
from tests.chat.about.conftest import answered, conversation_of
from tests.chat.memory.conftest import confirmed, holding

pytestmark = pytest.mark.django_db

FOUND = {"sources": [{"title": "Tea"}]}


@pytest.fixture
def question(api, alice):
    """What alice is asked, in a language."""
    api.force_authenticate(alice)
    return lambda language="en": api.get("/api/curiosity", headers={"accept-language": language}).json()["question"]


def test_a_stranger_is_asked_who_he_is(question, alice):
    assert question().startswith("I know nothing about you yet.")
    with override("ru"):
        assert question("ru") == gettext(
            "I know nothing about you yet. What shall I call you, and what are you working on?"
        )
    set_enabled(holding(alice), enabled=False, actor=alice)
    assert question() is None


def test_nothing_to_ask_is_null(question, alice):
    confirmed(alice, "Is called Alice")
    assert question() is None


def test_a_memory_that_waits_to_be_confirmed_comes_first(question, alice):
    confirmed(alice, "Is called Alice")
    answered(conversation_of(alice), question="Where is the depot?")
    Memory.objects.update(validation="pending")
    assert question() == "Have I understood you right: “Is called Alice”?"


def test_an_answer_that_was_no_help(question, alice):
    turn = answered(conversation_of(alice), metadata=FOUND)
    row = Experience.objects.create(owner=alice, turn=turn, user_input="Which tea is best?", thumb=-1)
    assert question() == "My answer to “Which tea is best?” was no help. What should I have said?"
    row.correction = "Green tea."
    row.save()
    assert "Which tea" not in str(question())


def test_a_question_that_found_nothing(question, alice):
    confirmed(alice, "Is called Alice")
    conversation = conversation_of(alice)
    answered(conversation, question="Where is   the depot?\n" + "x" * 300)
    answered(conversation, question="hello")
    answered(conversation, question="What is tea?", metadata=FOUND)
    assert question().startswith("I found no document about “Where is the depot? xxx")
    assert len(question()) < 260
    Turn.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert question() is None


def test_what_is_said_elsewhere_is_not_come_back_to(question, alice):
    confirmed(alice, "Is called Alice")
    answered(conversation_of(alice, Channel.COPILOT), question="Where is the depot?")
    assert question() is None


def test_callers_without_identity_are_asked_nothing(api, settings):
    settings.CHAT_ANONYMOUS = True
    answered(conversation_of(None), question="Where is the depot?")
    assert api.get("/api/curiosity").json() == {"question": None}


def test_visitors_are_asked_of_their_own(api, visitor, alice):
    answered(conversation_of(alice), question="Where is the depot?")
    api.force_authenticate(visitor)
    assert "depot" not in api.get("/api/curiosity").json()["question"]


def test_the_queries_do_not_grow(api, alice, django_assert_max_num_queries):
    api.force_authenticate(alice)
    confirmed(alice, "Is called Alice")
    conversation = conversation_of(alice)
    for _ in range(20):
        answered(conversation, metadata=FOUND)
    with django_assert_max_num_queries(5):
        api.get("/api/curiosity")

"""Memory in the life of a turn: asked for beside the knowledge base, told to the model, learned from at the end."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.tokens import issue_user_token, issue_visitor_token
from chat.memory.models import Memory, MemoryExtraction
from chat.memory.services import clear_context
from chat.models import Conversation, Turn
from chat.turns.job import find_context, load_job
from tests.chat.conftest import eventually, finished
from tests.chat.memory.conftest import confirmed, told

pytestmark = pytest.mark.django_db(transaction=True)


def ask(api, message, **body):
    return finished(api.post("/api/v1/turns", {"message": message, **body}, format="json").json()["turn"])


def system(models):
    return models.requests[-1]["messages"][0]["content"]


def test_what_is_remembered_reaches_the_model_and_is_named_in_the_answer(api, alice, runner, connected, models):
    connected("echo")
    (kept,) = told(alice, "The cat is called Murka")
    api.force_authenticate(alice)
    turn = ask(api, "What is my cat called?")
    assert '"note": "The cat is called Murka"' in system(models)
    assert turn.answer.metadata["memories"] == [str(kept.memory.pk)]
    assert eventually(lambda: Memory.objects.get().access_count == 1)


def test_nothing_is_added_where_nothing_fits(api, alice, bob, runner, connected, models):
    connected("echo")
    told(bob, "The cat is called Murka")
    api.force_authenticate(alice)
    turn = ask(api, "What is my cat called?")
    assert "Notes about the person" not in system(models)
    assert "memories" not in turn.answer.metadata


def test_a_finished_turn_is_planned_to_be_learned_from(api, alice, runner, connected):
    connected("echo")
    api.force_authenticate(alice)
    turn = ask(api, "I live in Kazan")
    assert MemoryExtraction.objects.get().turn_id == turn.pk
    ask(api, "Thanks!")
    assert MemoryExtraction.objects.count() == 1


@pytest.mark.parametrize("model", ["broken", "cut"])
def test_a_failure_is_not_learned_from(api, alice, runner, connected, model):
    connected(model)
    api.force_authenticate(alice)
    assert ask(api, "I live in Kazan").state == "failed"
    assert not MemoryExtraction.objects.exists()


def test_local_answers_use_and_teach_nothing(api, alice, runner, local_only):
    told(alice, "The cat is called Murka")
    api.force_authenticate(alice)
    turn = ask(api, "What is my cat called?")
    assert turn.state == "done"
    assert "memories" not in turn.answer.metadata
    assert not MemoryExtraction.objects.exists()
    assert Memory.objects.get().access_count == 0


def test_callers_without_identity_are_not_remembered(api, runner, connected, settings, models):
    settings.CHAT_ANONYMOUS = True
    connected("echo")
    assert api.post("/api/chat", {"message": "I live in Kazan"}, format="json").status_code == 200
    assert not MemoryExtraction.objects.exists()


@pytest.mark.parametrize("channel", ["copilot", "widget"])
def test_workflows_and_widgets_have_no_memory(alice, visitor, channel):
    from chat.services import Question, start_turn
    from chat.services.conversations import new_conversation

    told(alice, "The cat is called Murka")
    turn = start_turn(new_conversation(actor=alice, channel=channel), Question("my cat"), actor=alice)
    job = load_job(turn.pk)
    assert job.holder is None
    assert find_context(job, "question").recalled.block == ""


def test_a_turns_queries_do_not_grow_with_what_is_remembered(alice, bob):
    from chat.choices import Channel
    from chat.services import Question, start_turn
    from chat.services.conversations import new_conversation

    told(bob, "Likes tea")
    confirmed(alice, *(f"Has item{number} from place{number}" for number in range(200)))

    def queries(actor):
        turn = start_turn(new_conversation(actor=actor, channel=Channel.PAGE), Question("my item7"), actor=actor)
        job = load_job(turn.pk)
        find_context(job, "question")
        with CaptureQueriesContext(connection) as captured:
            find_context(load_job(turn.pk), "question")
        return len(captured)

    assert queries(alice) == queries(bob)


def test_a_cleared_context_no_longer_enters_prompts(api, alice, runner, connected, models):
    connected("echo")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_user_token(alice)}")
    first = ask(api, "The magic word is xyzzy")
    Conversation.objects.update(channel="assistant")
    conversation = str(first.conversation_id)
    ask(api, "What was it?", conversation=conversation)
    assert "xyzzy" in json.dumps(models.requests[-1])
    said = api.post("/api/clear-context").json()
    assert said["status"] == "ok"
    ask(api, "And now?", conversation=conversation)
    assert "xyzzy" not in json.dumps(models.requests[-1])
    ask(api, "The new word is plugh", conversation=conversation)
    ask(api, "Which one?", conversation=conversation)
    assert "plugh" in json.dumps(models.requests[-1])
    assert Conversation.objects.get().messages.count() == 10


def test_clearing_reaches_ones_own_conversations_alone(api, alice, visitor, settings):
    settings.CHAT_ANONYMOUS = True
    from chat.choices import Channel
    from chat.services import Question, start_turn
    from chat.services.conversations import new_conversation

    def talk(actor, address, channel=Channel.ASSISTANT):
        turn = start_turn(new_conversation(actor=actor, channel=channel), Question("x", address=address), actor=actor)
        return turn.conversation_id

    here, there = talk(None, "127.0.0.1"), talk(None, "203.0.113.9")
    hers, theirs, page = talk(alice, "127.0.0.1"), talk(visitor, "127.0.0.1"), talk(alice, "127.0.0.1", Channel.PAGE)

    def cleared():
        return set(Conversation.objects.filter(context_after__gt=0).values_list("pk", flat=True))

    assert api.post("/api/clear-context").json()["status"] == "ok"
    assert cleared() == {here}
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_visitor_token(visitor)}")
    api.post("/api/clear-context/")
    assert cleared() == {here, theirs}
    assert clear_context(alice) == 1
    assert cleared() == {here, theirs, hers}
    assert clear_context(alice) == 0
    assert there not in cleared() and page not in cleared()
    assert Turn.objects.count() == 5

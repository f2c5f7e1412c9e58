"""How a question reaches a worker: by the bell, and by the queue where nobody hears the bell."""

import pytest
from django.conf import settings
from kombu.exceptions import OperationalError

from chat.choices import Channel
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from chat.turns import runner as runner_module
from chat.turns import wake
from tests.chat.conftest import eventually, finished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch):
    """The tasks that were put on the queue."""
    calls = []
    monkeypatch.setattr("chat.tasks.run_turns.delay", lambda: calls.append("run_turns"))
    return calls


def ask(alice):
    conversation = new_conversation(actor=alice, channel=Channel.PAGE)
    return start_turn(conversation, Question("Where is the guide?"), actor=alice)


def test_a_runner_that_listens_is_woken_without_a_task(alice, local_only, runner, sent, monkeypatch):
    eventually(lambda: wake.bell.publish() if not settings.EMBEDDED else True)
    turn = ask(alice)
    assert finished(turn.pk).state == "done"
    assert sent == []


def test_without_a_listener_the_question_waits_in_the_queue(alice, local_only, sent):
    assert not runner_module.get_runner.cache_info().currsize
    ask(alice)
    assert sent == ["run_turns"]


def test_a_broker_that_is_down_does_not_fail_the_question(alice, local_only, monkeypatch):
    def refuse():
        raise OperationalError("no broker")

    monkeypatch.setattr("chat.tasks.run_turns.delay", refuse)
    assert ask(alice).pk


@pytest.mark.skipif(settings.EMBEDDED, reason="one process needs no bell: REDIS_URL names the place of it")
def test_installations_that_share_a_redis_do_not_hear_each_other(runner, settings):
    eventually(wake.bell.publish)
    settings.REDIS_URL += "?other=1"
    assert not wake.bell.publish()

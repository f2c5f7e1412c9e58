"""The sending threads of a process."""

import time

import pytest

from integrations.outbox import runner
from integrations.outbox.models import Delivery
from integrations.outbox.work import recover_all
from tests.outbox.conftest import chat, mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sender(db):
    made = runner.OutboxRunner()
    yield made
    made.shutdown(30)


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def states(kind):
    return set(Delivery.objects.filter(kind=kind).values_list("state", flat=True))


def test_one_call_sends_everything_that_is_due(sender, mailroom, telegram):
    for number in range(12):
        mail()
        chat(f"line {number}", chat_id=number % 3)
    sender.wake()
    until(lambda: states("mail") == states("telegram") == {"delivered"})
    assert (len(mailroom.letters), len(telegram.calls)) == (12, 12)
    for chat_id in "012":
        texts = [call.json["text"] for call in telegram.calls if call.json["chat_id"] == chat_id]
        assert texts == [f"line {number}" for number in range(12) if str(number % 3) == chat_id]


def test_a_server_that_hangs_holds_up_only_its_own_kind(sender, mailroom, telegram):
    mailroom.may_answer.clear()
    mail()
    sender.wake()
    assert mailroom.arrived.wait(60)
    chat()
    sender.wake()
    until(lambda: states("telegram") == {"delivered"})
    assert states("mail") == {"sending"}
    mailroom.may_answer.set()
    until(lambda: states("mail") == {"delivered"})


def test_a_call_that_comes_while_all_threads_are_busy_is_not_lost(sender, telegram):
    telegram.may_answer.clear()
    for number in range(4):
        chat(chat_id=number)
    sender.wake()
    until(lambda: len(telegram.calls) == 4)
    chat(chat_id=99)
    sender.wake()
    telegram.may_answer.set()
    until(lambda: states("telegram") == {"delivered"})


def test_the_end_waits_for_what_is_being_sent_and_begins_nothing_new(mailroom):
    sender = runner.OutboxRunner()
    mailroom.may_answer.clear()
    mail()
    sender.wake()
    assert mailroom.arrived.wait(60)
    sender.shutdown(0.05)
    assert states("mail") == {"sending"}
    mail()
    sender.wake()
    mailroom.may_answer.set()
    until(lambda: states("mail") == {"delivered", "pending"})
    assert len(mailroom.letters) == 1
    assert recover_all() == 0

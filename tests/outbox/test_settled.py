"""Whoever asked for a delivery hears of its end, in the transaction of that end."""

import pytest

from integrations.outbox.services import cancel, confirm, redeliver
from integrations.outbox.signals import delivery_settled
from integrations.outbox.work import attempt_now
from tests.outbox.conftest import chat
from tests.outbox.test_telegram import refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    ends = []

    def hear(delivery, **_):
        ends.append((delivery.idempotency_key, str(delivery.state), delivery.result))

    delivery_settled.connect(hear)
    yield ends
    delivery_settled.disconnect(hear)


def test_a_delivered_message_says_what_the_other_side_answered(telegram, heard):
    attempt_now(chat(key="a").pk)
    assert heard == [("a", "delivered", {"message_id": 7, "chat_id": 42})]


def test_an_attempt_that_is_repeated_is_no_end(telegram, heard, dana):
    refuse(telegram, 429, "Too Many Requests", retry_after=5)
    row = chat(key="a")
    attempt_now(row.pk)
    assert heard == []
    cancel(row, actor=dana)
    assert heard == [("a", "cancelled", {})]


def test_a_dead_letter_and_what_a_person_decides_about_it_are_ends(telegram, heard, dana):
    telegram.silent_ends = 1
    row = chat(key="a")
    attempt_now(row.pk)
    confirm(row, actor=dana)
    refuse(telegram, 403, "Forbidden: bot was blocked by the user")
    other = chat(key="b", chat_id=43)
    attempt_now(other.pk)
    redeliver(other, actor=dana)
    assert [end[:2] for end in heard] == [("a", "uncertain"), ("a", "delivered"), ("b", "failed")]

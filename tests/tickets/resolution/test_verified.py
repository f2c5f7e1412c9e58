"""A matter is resolved when its answer arrived, was quiet for three days, and nobody said otherwise."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.tickets import desk
from tickets.choices import AnswerKind, MessageKind, SendState, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.resolution import sweep
from tickets.services.incoming import arrived

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    """Answered, and the answer has arrived."""
    found = desk.ticket(mailbox=desk.mailbox(ask_rating=True))
    message = desk.answer(found)
    TicketMessage.objects.filter(pk=message.pk).update(send_state=SendState.SENT)
    return found


def later(hours=73):
    return timezone.now() + timedelta(hours=hours)


def test_it_is_resolved_after_quiet_days_and_once(row, settings):
    settings.PUBLIC_URL = "https://desk.example"
    assert sweep(later(71)) == 0
    assert [sweep(later()), sweep(later())] == [1, 0]
    row.refresh_from_db()
    assert (row.state, row.verified_at, row.due_at) == (TicketState.RESOLVED, row.closed_at, None)
    assert desk.kinds(row) == ["answered", "resolved", "state"]
    asked = row.messages.get(kind=MessageKind.SYSTEM)
    assert "https://desk.example/rate/" in asked.text
    assert asked.delivery.payload["automatic"] == "generated"
    assert row.message_count == 3


def test_without_an_address_of_its_own_the_product_asks_for_no_rating(row, settings):
    settings.PUBLIC_URL = ""
    assert sweep(later()) == 1
    assert not row.messages.filter(kind=MessageKind.SYSTEM).exists()


@pytest.mark.parametrize(
    ("text", "state"),
    [("Thank you, it works!", TicketState.RESOLVED), ("Thanks, but it does not work", TicketState.OPEN)],
)
def test_thanks_do_not_contradict_and_anything_else_does(row, text, state):
    arrived(row, desk.letter(row, text), is_new=False)
    sweep(later())
    row.refresh_from_db()
    assert row.state == state


@pytest.mark.parametrize("send_state", [SendState.QUEUED, SendState.FAILED, SendState.BOUNCED])
def test_what_did_not_arrive_resolves_nothing(row, send_state):
    row.messages.filter(kind=MessageKind.ANSWER).update(send_state=send_state)
    assert sweep(later()) == 0


def test_a_question_is_no_resolution(row, dana):
    desk.answer(row, "Which number?", kind=AnswerKind.QUESTION, actor=dana)
    assert sweep(later()) == 0
    assert Ticket.objects.get().state == TicketState.WAITING

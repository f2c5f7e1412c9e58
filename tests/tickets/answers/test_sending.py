"""What sending does to the ticket, and what it refuses."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from integrations.models import Delivery
from integrations.outbox import services as outbox
from integrations.outbox.choices import DeliveryState
from integrations.outbox.claims import claim
from integrations.outbox.settle import end_delivered
from tests.tickets import desk
from tickets.answers import bounces, progress, send_answer
from tickets.choices import AnswerKind, DraftState, EventBy, SendState, TicketState
from tickets.errors import NotPossible
from tickets.models import TicketMessage
from tickets.threading import tokens

pytestmark = pytest.mark.django_db


def bounce(action, status, ids=(), recipient=desk.ADDRESS, diagnostic=""):
    said = {"recipient": recipient, "status": status, "diagnostic": diagnostic, "permanent": action == "failed"}
    return SimpleNamespace(original_ids=ids, action=action, **said)


def test_an_answer_is_sent_once_however_often_it_is_asked_for():
    row = desk.ticket()
    first, second = (desk.answer(row, key="triage:1") for _ in range(2))
    assert first == second
    assert (Delivery.objects.count(), row.messages.count()) == (1, 2)
    row.refresh_from_db()
    assert (row.state, row.waiting_since, row.message_count) == (TicketState.ANSWERED, None, 2)
    assert row.first_answered_at == row.last_answered_at == first.sent_at
    assert desk.kinds(row) == ["answered"]


def test_nothing_automatic_goes_out_once_a_person_has_answered(dana):
    row = desk.ticket()
    desk.answer(row, actor=dana, by=EventBy.PERSON)
    with pytest.raises(NotPossible) as refused:
        desk.answer(row, in_answer_to=row.messages.first())
    assert refused.value.code == "answered_meanwhile"
    later = desk.letter(row, "And the other one?")
    assert desk.answer(row, in_answer_to=later).in_answer_to == later


def test_an_own_answer_overtakes_the_draft(dana):
    row = desk.ticket()
    draft = desk.draft(row)
    assert row.has_draft
    desk.answer(row, "My own words", actor=dana)
    draft.refresh_from_db()
    row.refresh_from_db()
    assert (draft.state, row.has_draft) == (DraftState.SUPERSEDED, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda row: {"text": " \n"}, "text"),
        (lambda row: {"text": "x" * 100_001}, "text"),
        (lambda row: {"cc": ["nobody"]}, "cc"),
        (lambda row: row.customer.addresses.all().delete() and row.messages.update(sender_address=""), "to"),
        (lambda row: type(row).objects.filter(pk=row.pk).update(state="merged", merged_into=row), "ticket"),
        (lambda row: type(row.customer).objects.update(erased_at=timezone.now()), "ticket"),
    ],
)
def test_what_cannot_be_sent_names_the_field_and_leaves_no_trace(change, field, dana):
    row = desk.ticket()
    fields = change(row)
    with pytest.raises(NotPossible) as refused:
        send_answer(ticket=row, actor=dana, **{"text": "Hello", **(fields if isinstance(fields, dict) else {})})
    assert refused.value.field == field
    assert str(refused.value)
    assert (Delivery.objects.count(), row.messages.count(), row.events.count()) == (0, 1, 0)


def test_an_answer_that_cannot_be_sent_gives_the_ticket_back():
    row = desk.ticket()
    message = desk.answer(row)
    now = timezone.now()
    Delivery.objects.update(state=DeliveryState.FAILED, finished_at=now, last_error="550 no such user")
    assert progress.sweep() == 1
    assert progress.sweep() == 0
    row.refresh_from_db()
    message.refresh_from_db()
    assert (message.send_state, message.send_error) == (SendState.FAILED, "550 no such user")
    assert (row.state, row.waiting_since) == (TicketState.OPEN, row.messages.first().created_at)
    assert desk.kinds(row) == ["answered", "send_failed", "state"]


@pytest.mark.parametrize("by_id", [True, False])
def test_a_bounce_returns_to_its_ticket(by_id):
    row = desk.ticket()
    message = desk.answer(row)
    ids = (message.message_id,) if by_id else ()
    delivered_to = [tokens.plus_address(row.mailbox, row)]
    late = bounce("delayed", "4.4.1", ids)
    assert bounces.note(late, delivered_to=delivered_to) == message
    assert TicketMessage.objects.get(pk=message.pk).send_state == SendState.QUEUED
    final = bounce("failed", "5.1.1", ids, diagnostic="unknown user")
    for _ in range(2):
        assert bounces.note(final, delivered_to=delivered_to) == message
    row.refresh_from_db()
    message.refresh_from_db()
    assert (row.state, message.send_state) == (TicketState.OPEN, SendState.BOUNCED)
    assert message.send_error == f"{desk.ADDRESS}: 5.1.1 unknown user"
    assert desk.kinds(row) == ["answered", "bounced", "state"]
    assert not any(desk.ADDRESS in str(event.data) for event in row.events.all())


def test_a_bounce_of_something_else_is_nobodys():
    row = desk.ticket()
    desk.answer(row)
    stray = bounce("failed", "5.1.1", ("<not@ours.example>",), recipient="else@x.example")
    assert bounces.note(stray, delivered_to=["support+t1-aaaaaaaaaa@desk.example"]) is None
    assert desk.kinds(row) == ["answered"]


def test_a_question_waits_for_the_customer():
    row = desk.ticket()
    desk.answer(row, "Which number?", kind=AnswerKind.QUESTION)
    assert row.state == TicketState.WAITING


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.CANCELLED])
def test_the_message_follows_its_delivery_at_once(state, dana):
    message = desk.answer(desk.ticket())
    delivery = message.delivery
    if state == DeliveryState.CANCELLED:
        outbox.cancel(delivery, actor=dana)
    else:
        claimed = claim(delivery.pk, worker="w", now=timezone.now())
        end_delivered(claimed, {}, started=timezone.now())
    message.refresh_from_db()
    expected = {DeliveryState.DELIVERED: SendState.SENT, DeliveryState.CANCELLED: SendState.FAILED}
    assert message.send_state == expected[state]

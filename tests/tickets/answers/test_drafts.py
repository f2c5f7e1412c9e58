"""Drafts and the people who decide on them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from integrations.models import Delivery
from tests.tickets import desk
from tickets.answers import drafts
from tickets.choices import DraftState, TicketState
from tickets.errors import NotPossible
from tickets.models import Draft, Ticket

pytestmark = pytest.mark.django_db


def test_an_approved_draft_is_sent_as_it_is(dana):
    row = desk.ticket()
    draft = desk.draft(row)
    message: Any = drafts.approve(draft, actor=dana)
    row.refresh_from_db()
    assert (message.text, message.author, message.by_ai) == (draft.text, dana, True)
    assert message.delivery.payload["automatic"] == "no"
    assert (draft.state, draft.edited, draft.answer, draft.reviewer) == (DraftState.APPROVED, 0.0, message, dana)
    assert (row.state, row.has_draft) == (TicketState.ANSWERED, False)
    assert desk.kinds(row) == ["drafted", "answered", "draft_reviewed"]


def test_an_edited_draft_says_how_much_was_changed(dana):
    draft = desk.draft(desk.ticket(), "one two three four")
    message = drafts.edit_and_send(draft, "one two three\x00 five", actor=dana)
    assert (draft.state, draft.edited, draft.final_text) == (DraftState.EDITED, 0.25, "one two three five")
    assert (message.by_ai, message.draft) == (False, draft)
    same = desk.draft(desk.ticket(customer=desk.customer(address="b@client.example")))
    drafts.edit_and_send(same, f" {same.text}\n", actor=dana)
    assert same.state == DraftState.APPROVED


def test_a_rejected_draft_leaves_the_ticket_to_people(dana):
    row = desk.ticket()
    draft = desk.draft(row)
    drafts.reject(draft, actor=dana, reason="wrong\nproduct")
    row.refresh_from_db()
    assert (draft.state, draft.reject_reason, row.has_draft) == (DraftState.REJECTED, "wrong product", False)
    assert (row.state, Delivery.objects.count()) == (TicketState.NEW, 0)


def test_a_newer_draft_takes_the_place_of_the_older_one(dana):
    row = desk.ticket()
    old, new = desk.draft(row), desk.draft(row, "Newer")
    old.refresh_from_db()
    assert (old.state, new.state) == (DraftState.SUPERSEDED, DraftState.OPEN)
    again = drafts.propose_draft(ticket=row, in_answer_to=None, text="Other", triage=new.triage)
    assert (again, again.text) == (new, "Newer")
    with pytest.raises(NotPossible) as refused:
        drafts.approve(old, actor=dana)
    assert refused.value.code == "draft_closed"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_the_same_moment_exactly_one_sends(alice, bob):
    row = desk.ticket()
    draft = desk.draft(row)

    def press(actor):
        try:
            own = Draft.objects.get(pk=draft.pk)
            return drafts.edit_and_send(own, f"By {actor}", actor=actor).text
        except NotPossible as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        ends = sorted(pool.map(press, [alice, bob, alice, bob]))
    assert ends.count("draft_closed") == 3
    assert Delivery.objects.count() == 1
    assert Ticket.objects.get(pk=row.pk).message_count == 2


def test_drafts_of_any_length_are_compared_quickly():
    long = " ".join(str(number) for number in range(20_000))
    assert drafts.share_edited(long, long) == 0.0
    assert drafts.share_edited("a b", "c d") == 1.0

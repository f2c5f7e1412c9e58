"""Resolved tickets propose articles: only what a person wrote, once, and not what is known."""

from typing import Any

import pytest
from django.utils import timezone

from knowledge.models import Document
from knowledge.services import publish_document
from tests.tickets import desk
from tickets.answers import drafts
from tickets.choices import ProposalState, SendState, TicketState
from tickets.errors import NotPossible
from tickets.learning import accept, propose, reject
from tickets.learning.sweeping import sweep
from tickets.models import ArticleProposal, Ticket
from tickets.resolution import sweep as resolve

pytestmark = pytest.mark.django_db
ANSWER = "Hello Anna,\n\nOpen Settings, choose Invoices and press Download to get the invoice as a PDF.\n\nRegards, Bob"


def resolved(actor=None, *, text=ANSWER, address=desk.ADDRESS, subject="Re: Invoice as PDF"):
    row = desk.ticket(
        subject, "Hi!\nWhere do I find the invoice of order 1187?", customer=desk.customer(address=address)
    )
    if actor is None:
        desk.answer(row, text)
    else:
        desk.answer(row, text, actor=actor)
    Ticket.objects.filter(pk=row.pk).update(last_answered_at=timezone.now() - timezone.timedelta(hours=80))
    row.messages.filter(kind="answer").update(send_state=SendState.SENT)
    assert resolve() == 1
    row.refresh_from_db()
    return row


def test_a_resolved_ticket_proposes_an_article_without_personal_data(dana):
    row = resolved(dana)
    assert row.learn_due_at is not None
    assert [sweep(), sweep()] == [1, 0]
    found = ArticleProposal.objects.get()
    assert (found.ticket, found.title, found.language) == (row, "Invoice as PDF", "en")
    assert "press Download" in found.text and "order [number]" in found.text
    for word in ("Anna", "1187", "Bob", "Hello", "Hi!"):
        assert word not in found.text
    row.refresh_from_db()
    assert row.learn_due_at is None


def test_what_no_person_wrote_teaches_nothing(dana):
    assert resolved().learn_due_at is None
    row = desk.ticket(customer=desk.customer(address="b@client.example"))
    drafts.approve(desk.draft(row, ANSWER), actor=dana)
    row.state = TicketState.RESOLVED
    row.save()
    assert propose(row) is None


def test_what_is_known_is_not_proposed_again(dana):
    publish_document(
        slug="pdf",
        title="Invoice as PDF",
        language="en",
        body=f"# Invoice as PDF\n\nWhere do I find the invoice of an order? {ANSWER}",
    )
    assert propose(resolved(dana)) is None
    Document.objects.all().delete()
    first: Any = propose(resolved(dana, address="b@client.example"))
    assert first is not None
    assert propose(resolved(dana, address="c@client.example")) is None
    other: Any = propose(
        resolved(
            dana,
            text="Press and hold the power button of the router for ten seconds.",
            address="d@client.example",
            subject="Router",
        )
    )
    assert other.state == ProposalState.OPEN


def test_a_person_decides_once(dana):
    found: Any = propose(resolved(dana))
    accept(found, actor=dana, title="Invoices", publish=True)
    assert (found.state, found.reviewer, found.document.title) == (ProposalState.ACCEPTED, dana, "Invoices")
    assert found.document.published
    for decide in (accept, reject):
        with pytest.raises(NotPossible) as refused:
            decide(found, actor=dana)
        assert refused.value.code == "decided"
    second: Any = propose(
        resolved(dana, address="b@client.example", text="Press and hold the power button for ten seconds.")
    )
    accept(second, actor=dana)
    assert not second.document.published


def test_a_ticket_that_was_opened_again_proposes_nothing(dana):
    row = resolved(dana)
    Ticket.objects.filter(pk=row.pk).update(state=TicketState.OPEN)
    assert sweep() == 0
    assert not ArticleProposal.objects.exists()

"""Decisions without a model, and what becomes of them."""

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from tickets.choices import Decision, EventKind, TicketState, TriageAction, TriageSource, TriageState
from tickets.models import TicketEvent, TicketMessage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("text", "language", "quote"),
    [
        ("Hello! How do I reset the router?", "en", "15 seconds"),
        ("Здравствуйте! Как сделать сброс роутера?", "ru", "15 секунд"),
    ],
)
def test_a_confident_hit_answers_in_the_customers_language(decided, library, text, language, quote):
    row = decided(text, subject="")
    assert (row.state, row.decision, row.source) == (TriageState.DONE, Decision.FULL_ANSWER, TriageSource.LOCAL)
    assert (row.action, row.degraded, row.calls) == (TriageAction.SENT, "no_model", 0)
    answer = TicketMessage.objects.get(kind="answer")
    with translation.override(language):
        assert _("This is an automatic answer from our knowledge base:") in answer.text
    assert quote in answer.text and "https://desk.example.com/guide/router" in answer.text
    assert row.evidence[0]["title"] and row.evidence[0]["url"]
    assert row.reason and row.confidence >= 0.5


@pytest.mark.parametrize("text", ["It does not work", "Не работает", "Привет", "help", "Router!"])
def test_a_thin_mail_is_asked_once_then_handed_over(decided, write, library, text):
    row = decided(text, subject="")
    assert (row.decision, row.action) == (Decision.NEED_MORE_INFO, TriageAction.SENT)
    assert TicketMessage.objects.get(kind="answer").answer_kind == "question"
    row.ticket.refresh_from_db()
    assert row.ticket.state == TicketState.WAITING
    again = decided("Still not", subject="", ticket=row.ticket)
    assert (again.decision, again.action) == (Decision.ESCALATE, TriageAction.ESCALATED)


def test_the_rest_goes_to_a_person_who_is_told_why(decided, library):
    row = decided("Your courier broke my neighbour's fence while he delivered three heavy boxes on Tuesday morning.")
    assert (row.decision, row.action) == (Decision.ESCALATE, TriageAction.ESCALATED)
    row.ticket.refresh_from_db()
    assert row.ticket.escalated_at and row.ticket.escalation_reason == "The knowledge base has no answer to this."
    assert row.ticket.summary.startswith("Question: Your courier")


def test_a_person_gets_the_extract_as_a_draft(decided, library):
    row = decided("How do I reset the router? I want to talk to a human.")
    assert (row.decision, row.source) == (Decision.ESCALATE, TriageSource.PERSON_ASKED)
    assert "15 seconds" in row.draft.text
    assert not TicketMessage.objects.filter(kind="answer").exists()


def test_every_decision_is_in_the_trail_with_its_reason(decided, library):
    row = decided("How do I reset the router?")
    event = TicketEvent.objects.get(kind=EventKind.TRIAGED)
    assert event.data["triage"] == str(row.pk)
    assert (event.data["action"], event.data["action_reason"]) == ("sent", "full")


def test_thanks_are_left_alone(decided, library):
    row = decided("Thank you very much!", subject="")
    assert (row.action, row.action_reason) == (TriageAction.RECORDED, "only_thanks")
    assert not TicketMessage.objects.filter(kind="answer").exists()

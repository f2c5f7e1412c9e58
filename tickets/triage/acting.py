"""Doing what was decided, in the transaction that ends the row: an answer, a draft, a person, or nothing."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integrations.text.smalltalk import small_talk
from tickets.answers import propose_draft, send_answer
from tickets.choices import (
    AutopilotHours,
    AutopilotLevel,
    EventBy,
    EventKind,
    MessageKind,
    TicketPriority,
    TicketState,
    TriageAction,
    TriageSource,
    TriageState,
)
from tickets.errors import NotPossible
from tickets.escalation import escalate
from tickets.models import Mailbox, Ticket, TicketMessage, Triage
from tickets.services import changes
from tickets.services.events import locked, record, touch
from tickets.sla.hours import Hours
from tickets.triage.calibration import calibrated
from tickets.triage.case import Case
from tickets.triage.claims import LeaseLost, mine
from tickets.triage.explaining import why
from tickets.triage.policy import Circumstances, Outcome, act_on, strictest
from tickets.triage.proposal import Proposal
from tickets.triage.rules import Ruling

HOUR = timedelta(hours=1)


def finish(case: Case, proposal: Proposal, ruling: Ruling, *, duration_ms: int) -> Triage:
    """Ends the row and does what it says, or nothing at all; raises LeaseLost when the row is somebody else's now."""
    with transaction.atomic(durable=True):
        # A mail that went to another ticket meanwhile took its open decision along as overtaken.
        ticket = locked(case.ticket.pk, "customer", "mailbox")
        case.message.ticket = ticket
        held = circumstances(case, proposal, ruling, ticket)
        outcome = act_on(held)
        if outcome.action == TriageAction.SENT and _too_many(ticket):
            outcome = act_on(replace(held, too_many=True))
        row = _ended(case, proposal, ruling, outcome, held, duration_ms=duration_ms)
        _sort(ticket, ruling)
        _summarise(ticket, case, proposal)
        record(ticket, EventKind.TRIAGED, by=_by(proposal), message=case.message, **_told(row))
        _do(outcome, case, proposal, ticket, row)
    return row


def circumstances(case: Case, proposal: Proposal, ruling: Ruling, ticket: Ticket) -> Circumstances:
    """Read while the ticket is held, so that nobody answers between the look and the deed."""
    mailbox, now = case.mailbox, timezone.now()
    topic = next((rule.topic for rule in ruling.matched if rule.topic), None) if not ticket.topic else ticket.topic
    return Circumstances(
        decision=proposal.decision,
        level=AutopilotLevel(mailbox.autopilot),
        topic_level=AutopilotLevel(topic.autopilot) if topic and topic.autopilot else None,
        shadow=mailbox.shadow,
        paused=mailbox.is_paused(),
        hours=AutopilotHours(mailbox.autopilot_hours),
        is_open=_is_open(mailbox, now),
        calibrated=_calibrated(case, proposal),
        threshold=mailbox.threshold,
        rule=ruling.action,
        has_text=bool(proposal.draft.strip()),
        is_automatic=case.message.kind != MessageKind.CUSTOMER,
        only_thanks=not case.attachments and small_talk(case.text) == "thanks",
        is_spam=ticket.state == TicketState.SPAM,
        answered_meanwhile=ticket.last_answered_at is not None and ticket.last_answered_at > case.message.created_at,
        is_new_participant=case.message.is_new_participant,
        is_assigned=ticket.assignee_id is not None,
        is_handed_over=ticket.escalated_at is not None and not _answered_by_person(ticket),
    )


def _is_open(mailbox: Mailbox, now: datetime) -> bool | None:
    return None if mailbox.hours is None else Hours.of(mailbox.hours).is_open(now)


def _calibrated(case: Case, proposal: Proposal) -> float | None:
    return calibrated(case.mailbox, _measure(proposal), proposal.confidence)


def _measure(proposal: Proposal) -> TriageSource:
    """Whose confidence it is: that of a model, or of the knowledge base."""
    return TriageSource.MODEL if proposal.model_key else TriageSource.LOCAL


def _answered_by_person(ticket: Ticket) -> bool:
    """Since somebody was called: then the autopilot may go on."""
    answers = TicketMessage.objects.filter(ticket=ticket, kind=MessageKind.ANSWER, author__isnull=False)
    return bool(answers.filter(created_at__gt=ticket.escalated_at).exists())


def _too_many(ticket: Ticket) -> bool:
    recent = TicketMessage.objects.filter(
        ticket__customer=ticket.customer_id,
        kind=MessageKind.ANSWER,
        author__isnull=True,
        created_at__gt=timezone.now() - HOUR,
    )
    return bool(recent.count() >= settings.AUTOPILOT_ANSWERS_PER_HOUR)


def _ended(
    case: Case, proposal: Proposal, ruling: Ruling, outcome: Outcome, held: Circumstances, *, duration_ms: int
) -> Triage:
    values: dict[str, Any] = {
        "state": TriageState.DONE,
        "lease_until": None,
        "decision": proposal.decision,
        "source": proposal.source,
        "full_name": proposal.full_name[:200],
        "issue_summary": proposal.issue_summary,
        "draft_reply": proposal.draft,
        "reason": proposal.reason,
        "confidence": proposal.confidence,
        "calibrated": held.calibrated,
        "evidence": proposal.evidence,
        "rules": ruling.explanation,
        "problems": [*proposal.problems, *(f"rule: {name}" for name in ruling.broken)],
        "degraded": proposal.degraded[:50],
        "error_code": "",
        "action": outcome.action,
        "action_reason": outcome.reason,
        "level": strictest(held),
        "shadow": held.shadow,
        "provider_key": proposal.provider_key,
        "model_key": proposal.model_key,
        "calls": proposal.calls,
        "input_tokens": proposal.input_tokens,
        "output_tokens": proposal.output_tokens,
        "cost": proposal.cost,
        "duration_ms": duration_ms,
        "finished_at": timezone.now(),
    }
    if not mine(case.triage).update(**values):
        raise LeaseLost(str(case.triage.pk))
    for name, value in values.items():
        setattr(case.triage, name, value)
    return case.triage


def _sort(ticket: Ticket, ruling: Ruling) -> None:
    """The first topic, the most urgent priority, all tags; nothing that a person has chosen becomes less urgent."""
    if not ruling.matched or ticket.state == TicketState.MERGED:
        return
    topic = next((rule.topic for rule in ruling.matched if rule.topic), None)
    if topic is not None and ticket.topic_id is None:
        changes.set_topic(ticket, topic, by=EventBy.RULE)
    wanted = min((rule.priority for rule in ruling.matched if rule.priority is not None), default=ticket.priority)
    if wanted < ticket.priority:
        changes.set_priority(ticket, TicketPriority(wanted), by=EventBy.RULE)
    tags = [tag for rule in ruling.matched for tag in rule.tags.all()]
    if tags:
        changes.change_tags(ticket, add=tags, by=EventBy.RULE)


def _summarise(ticket: Ticket, case: Case, proposal: Proposal) -> None:
    ticket.summary = proposal.issue_summary[:500]
    ticket.language = ticket.language or case.language
    touch(ticket, "summary", "language")


def _by(proposal: Proposal) -> EventBy:
    return EventBy.RULE if proposal.source == TriageSource.RULE else EventBy.AI


def _told(row: Triage) -> dict[str, Any]:
    names = ("decision", "source", "action", "action_reason", "confidence", "calibrated", "degraded")
    return {"triage": str(row.pk), **{name: getattr(row, name) for name in names}}


def _do(outcome: Outcome, case: Case, proposal: Proposal, ticket: Ticket, row: Triage) -> None:
    if outcome.action == TriageAction.SENT:
        _send(case, proposal, ticket, row)
    elif outcome.action == TriageAction.DRAFTED:
        _draft(case, proposal, ticket, row)
    elif outcome.action == TriageAction.ESCALATED:
        _escalate(case, proposal, ticket, row, reason=proposal.reason)


def _send(case: Case, proposal: Proposal, ticket: Ticket, row: Triage) -> None:
    try:
        send_answer(
            ticket=ticket,
            text=proposal.draft,
            in_answer_to=case.message,
            kind=proposal.kind,
            triage=row,
            by=EventBy.AI,
            key=f"triage:{row.pk}",
            is_locked=True,
        )
    except NotPossible as error:
        row.action, row.action_reason = TriageAction.ESCALATED, "not_possible"
        row.problems = [*row.problems, f"answer: {error.code}"]
        row.save(update_fields=["action", "action_reason", "problems"])
        ticket.refresh_from_db()
        _escalate(case, proposal, ticket, row, reason=why("not_possible"))


def _draft(case: Case, proposal: Proposal, ticket: Ticket, row: Triage) -> None:
    propose_draft(
        ticket=ticket,
        in_answer_to=case.message,
        text=proposal.draft,
        kind=proposal.kind,
        triage=row,
        by=EventBy.AI,
    )


def _escalate(case: Case, proposal: Proposal, ticket: Ticket, row: Triage, *, reason: str) -> None:
    """The draft goes along, where there is one."""
    if proposal.draft.strip():
        # A ticket that nobody can be answered in needs its person all the more.
        with suppress(NotPossible), transaction.atomic():
            _draft(case, proposal, ticket, row)
    escalate(ticket=ticket, reason=reason or why(row.action_reason), triage=row, by=_by(proposal), is_locked=True)

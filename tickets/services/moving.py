"""Messages that go from one ticket to another, and back."""

from typing import Any

from django.db.models import Max, Min
from django.utils import timezone

from tickets.choices import (
    OPEN_TRIAGES,
    UNFINISHED,
    DraftState,
    EventBy,
    EventKind,
    MessageKind,
    MoveKind,
    TicketState,
    TriageState,
)
from tickets.models import Draft, InboundMail, ThreadKey, Ticket, TicketMessage, TicketMove, Triage
from tickets.services.events import locked, record
from tickets.triage import queue

# What taking back a move restores of the ticket that was emptied.
KEPT = ("state", "assignee_id", "priority", "topic_id", "escalation_reason", "has_draft", "split_suggested")


def final_ticket(ticket: Ticket) -> Ticket:
    """Where the messages of a merged ticket are now."""
    while ticket.state == TicketState.MERGED and ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def join(source: Ticket, target: Ticket, *, kind: MoveKind, actor: Any = None) -> TicketMove:
    """All of `source` becomes part of `target`, in the caller's transaction."""
    # In one order, so that two that move at once cannot wait for each other.
    rows = {pk: locked(pk) for pk in sorted((source.pk, target.pk))}
    gone, stays = rows[source.pk], rows[target.pk]
    messages = list(gone.messages.values_list("pk", flat=True))
    keys = list(gone.thread_keys.values_list("digest", flat=True))
    move = TicketMove.objects.create(
        kind=kind,
        source=gone,
        target=stays,
        messages=messages,
        keys=keys,
        before={name: getattr(gone, name) for name in KEPT},
        actor=actor,
    )
    carry(messages, keys, source=gone, target=stays)
    _open_like(stays, gone)
    gone.state, gone.merged_into = TicketState.MERGED, stays
    gone.waiting_since = gone.due_at = gone.answer_due_at = gone.resolution_due_at = None
    gone.has_draft = False
    recount(gone)
    recount(stays)
    by = EventBy.SYSTEM if actor is None else EventBy.PERSON
    for ticket in (gone, stays):
        record(ticket, EventKind.MERGED, by=by, actor=actor, source=gone.pk, target=stays.pk, move=move.pk, how=kind)
    for copy in (source, target):
        copy.refresh_from_db()
    return move


def carry(messages: list[int], keys: list[str], *, source: Ticket, target: Ticket) -> None:
    """Messages, their decisions and drafts, their mails and keys go over; what was open is overtaken."""
    now = timezone.now()
    moved = TicketMessage.objects.filter(pk__in=messages, ticket=source)
    triages = Triage.objects.filter(message__in=moved)
    drafts = Draft.objects.filter(ticket=source, message__in=moved)
    undecided = triages.filter(state__in=OPEN_TRIAGES)
    waiting = list(undecided.order_by("message__created_at").values_list("message", flat=True))
    undecided.update(state=TriageState.SUPERSEDED, finished_at=now)
    drafts.filter(state=DraftState.OPEN).update(state=DraftState.SUPERSEDED)
    triages.update(ticket=target)
    drafts.update(ticket=target)
    InboundMail.objects.filter(message__in=moved).update(ticket=target)
    ThreadKey.objects.filter(digest__in=keys, ticket=source).update(ticket=target)
    moved.update(ticket=target)
    if waiting:
        # Wherever it is now, the newest mail is still to be decided on.
        queue.enqueue(TicketMessage.objects.select_related("ticket").get(pk=waiting[-1]))


def recount(ticket: Ticket) -> None:
    """Numbers and moments that follow from the messages."""
    customers = ticket.messages.filter(kind=MessageKind.CUSTOMER)
    answers = ticket.messages.filter(kind=MessageKind.ANSWER)
    ticket.message_count = ticket.messages.count()
    newest = ticket.messages.aggregate(at=Max("sent_at"))["at"]
    ticket.last_message_at = newest or ticket.last_message_at
    ticket.last_customer_at = customers.aggregate(at=Max("created_at"))["at"]
    times = answers.aggregate(first=Min("created_at"), last=Max("created_at"))
    ticket.first_answered_at, ticket.last_answered_at = times["first"], times["last"]
    ticket.has_draft = Draft.objects.filter(ticket=ticket, state=DraftState.OPEN).exists()
    ticket.updated_at = timezone.now()
    ticket.save()


def _open_like(stays: Ticket, gone: Ticket) -> None:
    """What waits in either of two tickets waits in both together."""
    waiting = [moment for moment in (stays.waiting_since, gone.waiting_since) if moment is not None]
    stays.waiting_since = min(waiting, default=None)
    stays.created_at = min(stays.created_at, gone.created_at)
    stays.priority = min(stays.priority, gone.priority)
    stays.assignee_id = stays.assignee_id or gone.assignee_id
    if stays.escalated_at is None and gone.escalated_at is not None:
        stays.escalated_at, stays.escalation_reason = gone.escalated_at, gone.escalation_reason
    if gone.state in UNFINISHED and stays.state not in UNFINISHED:
        stays.state, stays.closed_at, stays.verified_at = gone.state, None, None
    elif waiting and stays.state != TicketState.NEW:
        stays.state = TicketState.OPEN

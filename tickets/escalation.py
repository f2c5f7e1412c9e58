"""A ticket goes to people: it is opened, says why, and the chats of its mailbox are told."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from tickets.choices import EventBy, EventKind, TicketState
from tickets.errors import NotPossible
from tickets.models import Ticket, TicketEvent, Triage
from tickets.services.events import locked, record, take_over, touch
from tickets.telegram.cards import show
from tickets.telegram.chats import chats_of

LONGEST_REASON = 300


@transaction.atomic
def escalate(
    *,
    ticket: Ticket,
    reason: str,
    triage: Triage | None = None,
    by: EventBy = EventBy.AI,
    actor: Any = None,
    is_locked: bool = False,
) -> TicketEvent:
    """Hands the ticket over to people; once for a triage, however often it is asked for.

    `reason` is for people, in any language. The event's data name the chats that are told; `untold` says that there is
    none. `is_locked`: the caller holds `ticket` in its transaction. Raises NotPossible for a merged ticket.
    """
    row = ticket if is_locked else locked(ticket.pk)
    if row.state == TicketState.MERGED:
        raise NotPossible("ticket", "merged")
    if triage is not None and (known := _known(row, triage)) is not None:
        return known
    before = row.state
    row.state, row.escalated_at, row.closed_at = TicketState.OPEN, timezone.now(), None
    row.escalation_reason = " ".join(reason.split())[:LONGEST_REASON]
    touch(row, "state", "escalated_at", "closed_at", "escalation_reason")
    if before != row.state:
        record(row, EventKind.STATE, by=by, actor=actor, before=before, after=row.state)
    event = _told(row, triage, by=by, actor=actor)
    if row is not ticket:
        take_over(ticket, row)
    return event


def _known(ticket: Ticket, triage: Triage) -> TicketEvent | None:
    return TicketEvent.objects.filter(ticket=ticket, kind=EventKind.ESCALATED, data__triage=str(triage.pk)).first()


def _told(ticket: Ticket, triage: Triage | None, *, by: EventBy, actor: Any) -> TicketEvent:
    chats = chats_of(ticket.mailbox)
    data: dict[str, Any] = {"chats": [chat.name for chat in chats]}
    if triage is not None:
        data["triage"] = str(triage.pk)
    if not chats:
        data["untold"] = "no_chat"
    event = record(ticket, EventKind.ESCALATED, by=by, actor=actor, **data)
    show(ticket, chats)
    return event

"""The audit trail of tickets: what is written there is what live pages and webhooks hear of."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from tickets.choices import EventBy, EventKind
from tickets.models import Ticket, TicketEvent, TicketMessage
from tickets.signals import ticket_changed


def record(
    ticket: Ticket,
    kind: EventKind,
    *,
    by: EventBy = EventBy.SYSTEM,
    actor: Any = None,
    message: TicketMessage | None = None,
    **data: Any,
) -> TicketEvent:
    """One row in the caller's transaction; `ticket_changed` is sent in it, and again by nobody.

    `data` is JSON and holds no personal data beyond what the ticket's own rows hold by reference.
    """
    who = EventBy.PERSON if actor is not None else by
    event = TicketEvent.objects.create(ticket=ticket, kind=kind, by=who, actor=actor, message=message, data=data)
    ticket_changed.send(sender=TicketEvent, event=event, ticket=ticket)
    return event


def touch(ticket: Ticket, *fields: str) -> None:
    """Saves the named fields and the moment of the change."""
    ticket.updated_at = timezone.now()
    ticket.save(update_fields=[*fields, "updated_at"])


def locked(ticket_id: int, *related: str) -> Ticket:
    """The ticket, held until the transaction ends: what depends on its state is decided on this row.

    `related` rows come along and are not held.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a ticket is locked inside of a transaction")
    rows = Ticket.objects.select_for_update(of=("self",))
    found: Ticket = (rows.select_related(*related) if related else rows).get(pk=ticket_id)
    return found


def take_over(ticket: Ticket, row: Ticket) -> None:
    """The caller's copy says what the locked row says."""
    for field in Ticket._meta.concrete_fields:
        setattr(ticket, field.attname, getattr(row, field.attname))

"""Verified resolution: answered, quiet for long enough, and not contradicted by the customer.

A mail that contradicts has opened the ticket again when it came in (tickets.services.incoming), and an answer that did
not arrive when that was known (tickets.answers.progress); so what still is ANSWERED was contradicted by nobody.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from tickets.choices import EventKind, MessageKind, SendState, TicketState
from tickets.learning.sweeping import note_resolved
from tickets.models import Ticket, TicketMessage
from tickets.rating.asking import ask
from tickets.services.events import locked, record, touch

BATCH = 500


def sweep(now: datetime | None = None) -> int:
    """Resolves what has been quiet for TICKET_QUIET_HOURS; returns how many."""
    moment = now or timezone.now()
    before = moment - timedelta(hours=settings.TICKET_QUIET_HOURS)
    due = Ticket.objects.filter(state=TicketState.ANSWERED, last_answered_at__lt=before).order_by("last_answered_at")
    # What still waits to be sent can have been read by nobody, and must not stand in the way of the others.
    due = due.exclude(Exists(TicketMessage.objects.filter(ticket=OuterRef("pk"), send_state=SendState.QUEUED)))
    return sum(_resolve(number, before, moment) for number in list(due.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _resolve(number: int, before: datetime, now: datetime) -> bool:
    ticket = locked(number)
    answered = ticket.last_answered_at
    if ticket.state != TicketState.ANSWERED or answered is None or answered >= before:
        return False
    newest = ticket.messages.filter(kind=MessageKind.ANSWER).order_by("-pk").first()
    if newest is not None and newest.send_state not in {SendState.SENT, SendState.NONE}:
        return False
    ticket.state = TicketState.RESOLVED
    ticket.verified_at = ticket.closed_at = now
    touch(ticket, "state", "verified_at", "closed_at")
    record(ticket, EventKind.RESOLVED)
    record(ticket, EventKind.STATE, before=TicketState.ANSWERED, after=ticket.state)
    note_resolved(ticket)
    if ticket.mailbox.ask_rating:
        ask(ticket)
    return True

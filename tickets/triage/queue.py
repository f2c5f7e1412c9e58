"""Mails that wait for a decision: one open row for a ticket, which is about its newest mail."""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.wake import Gathered
from tickets.choices import OPEN_TRIAGES, TriageState
from tickets.models import TicketMessage, Triage

logger = logging.getLogger(__name__)


def enqueue(message: TicketMessage) -> Triage:
    """A row for a customer's mail, in the caller's transaction, which holds the ticket; a worker is woken on commit.

    An open row of the ticket for an older mail is overtaken, also while somebody works on it: that work has no effect.
    One for the same mail stays.
    """
    try:
        with transaction.atomic():
            row = _placed(message)
    except IntegrityError:
        # Somebody who does not hold the ticket was quicker; his row is seen now.
        row = _placed(message)
    wake_soon()
    return row


def _placed(message: TicketMessage) -> Triage:
    waiting = Triage.objects.filter(ticket=message.ticket_id, state__in=OPEN_TRIAGES)
    row: Triage | None = waiting.first()
    if row is not None and row.message_id == message.pk:
        return row
    if row is not None:
        waiting.update(state=TriageState.SUPERSEDED, finished_at=timezone.now(), lease_until=None)
    return Triage.objects.create(ticket_id=message.ticket_id, message=message, mailbox_id=message.ticket.mailbox_id)


def _wake() -> None:
    """Call it after commit. Never raises: the sweep finds what nobody was told of."""
    from tickets.tasks import run_triage

    try:
        run_triage.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the sweep will find what is to be decided")


wake = Gathered(_wake)


def wake_soon() -> None:
    """As `wake`, once the transaction is over."""
    transaction.on_commit(lambda: wake())

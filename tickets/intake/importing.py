"""Mails of former years: put into tickets as they were, answered by nobody, and closed when they are old."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils import timezone

from tickets.addresses import OwnAddresses
from tickets.choices import UNFINISHED, EventBy, InboundState, MailSource, TicketState
from tickets.intake.archives import Format, Found, mails_in
from tickets.intake.storing import Taken, take_in
from tickets.mime.parsing import parse
from tickets.models import Mailbox, Ticket, TicketMessage
from tickets.services import changes

logger = logging.getLogger(__name__)

CLOSE_BATCH = 500


@dataclass(slots=True)
class Report:
    """`places` counts mails by where they are now; `failed` names those that could not be read or kept."""

    places: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    known: int = 0
    tickets: set[int] = field(default_factory=set)
    closed: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def mails(self) -> int:
        return self.places.total() + self.known + len(self.failed)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to import. `mailbox` takes mails to none of our addresses; a `dry_run` reads and writes nothing."""

    paths: tuple[Path, ...]
    form: Format = "auto"
    mailbox: Mailbox | None = None
    open_days: int = 14
    dry_run: bool = False


def import_mails(plan: Plan, report: Report, *, progress: Callable[[int], None], stop: Callable[[], bool]) -> None:
    """Goes through all mails, filling `report`; `progress` is told the bytes that were read.

    A mail that is known already is counted and left alone, so an import may be stopped and begun again at any time.
    """
    own = OwnAddresses()
    if plan.mailbox is not None:
        own.fallback = plan.mailbox
    for path in plan.paths:
        for found in mails_in(path, plan.form):
            if stop():
                return
            _one(found, plan, own, report)
            progress(found.size)
    if not plan.dry_run:
        report.closed = _close_old(report.tickets, plan.open_days)


def _one(found: Found, plan: Plan, own: OwnAddresses, report: Report) -> None:
    if found.raw is None:
        report.failed.append(f"{found.place}: too big")
        return
    if plan.dry_run:
        report.places["would be read"] += 1
        report.answers += parse(found.raw).sender.email in own
        return
    try:
        taken = _taken(found.raw, own)
    except DatabaseError as error:
        logger.exception("a mail of an archive could not be kept")
        report.failed.append(f"{found.place}: {type(error).__name__}")
        return
    _count(taken, report)


@transaction.atomic
def _taken(raw: bytes, own: OwnAddresses) -> Taken:
    taken = take_in(raw, source=MailSource.IMPORT, sent_by_us=True, answers=False, own=own)
    if taken.created and taken.message is not None:
        _date_back(taken.message)
    return taken


def _date_back(message: TicketMessage) -> None:
    """The ticket's times are those of its mails, not those of the import."""
    sent = message.sent_at
    TicketMessage.objects.filter(pk=message.pk).update(created_at=sent)
    ticket = Ticket.objects.get(pk=message.ticket_id)
    ticket.created_at = min(ticket.created_at, sent)
    if ticket.waiting_since is not None and ticket.waiting_since > sent:
        newest = ticket.messages.filter(kind="customer").order_by("-sent_at").values_list("sent_at", flat=True).first()
        ticket.waiting_since = ticket.last_customer_at = newest or sent
    ticket.save(update_fields=["created_at", "waiting_since", "last_customer_at"])


def _count(taken: Taken, report: Report) -> None:
    if not taken.created:
        report.known += 1
    else:
        report.places[taken.status] += 1
        if taken.status != InboundState.TICKET:
            report.reasons[str(taken.inbound.reason)] += 1
        if taken.message is not None and taken.message.kind == "answer":
            report.answers += 1
    if taken.ticket is not None:
        report.tickets.add(taken.ticket.pk)


def _close_old(numbers: Iterable[int], days: int) -> int:
    """Nobody waits any more for an answer to a mail of years ago."""
    before = timezone.now() - timedelta(days=days)
    wanted, closed = sorted(numbers), 0
    for start in range(0, len(wanted), CLOSE_BATCH):
        rows = Ticket.objects.filter(
            pk__in=wanted[start : start + CLOSE_BATCH], last_message_at__lt=before, state__in=UNFINISHED
        )
        closed += sum(changes.set_state(row, TicketState.CLOSED, by=EventBy.SYSTEM) for row in rows)
    return closed

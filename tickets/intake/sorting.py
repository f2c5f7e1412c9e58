"""What becomes of a mail: a ticket for what people write, a list with the reason for what machines write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tickets.addresses import OwnAddresses, comparable, is_blocked
from tickets.answers import bounces
from tickets.choices import (
    InboundReason,
    InboundState,
    MailSource,
    MessageKind,
    TicketChannel,
)
from tickets.intake.files import keep
from tickets.mime.language import language_of
from tickets.mime.mail import AutomaticKind, ParsedMail
from tickets.mime.quoting import split
from tickets.models import InboundMail, Mailbox, Ticket, TicketMessage
from tickets.threading import known_ticket, mailbox_of, place
from tickets.triage import queue

RATE_WINDOW = timedelta(minutes=10)
# What a filter before us says.
SPAM_HEADERS = ("X-Spam-Flag", "X-Spam-Status", "X-Spam")
REASONS = {
    AutomaticKind.AUTO_REPLY: InboundReason.AUTO_REPLY,
    AutomaticKind.OUT_OF_OFFICE: InboundReason.OUT_OF_OFFICE,
    AutomaticKind.BOUNCE: InboundReason.BOUNCE,
    AutomaticKind.LIST: InboundReason.LIST,
    AutomaticKind.BULK: InboundReason.BULK,
    AutomaticKind.REPORT: InboundReason.REPORT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail on its way to its place. `delivered_to` is the envelope's; `answers`: whether it may be answered."""

    mail: ParsedMail
    inbound: InboundMail
    own: OwnAddresses
    delivered_to: Sequence[str] = ()
    sent_by_us: bool = False
    answers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    state: InboundState
    mailbox: Mailbox
    reason: InboundReason = InboundReason.NONE
    text: str = ""
    ticket: Ticket | None = None
    message: TicketMessage | None = None


def sort(arrival: Arrival) -> Place:
    """The place of the mail, with its message stored and its decision asked for; in the caller's transaction."""
    mail = arrival.mail
    mailbox = mailbox_of(mail, arrival.own, arrival.delivered_to)
    if mail.bounce is not None or mail.automatic == AutomaticKind.BOUNCE:
        return _bounce(arrival, mailbox)
    if not mail.sender.email:
        return Place(state=InboundState.QUARANTINE, reason=InboundReason.NO_SENDER, mailbox=mailbox)
    if mail.sender.email in arrival.own:
        if not arrival.sent_by_us:
            return Place(state=InboundState.IGNORED, reason=InboundReason.OWN, mailbox=mailbox)
        return as_message(arrival, MessageKind.ANSWER)
    if mail.automatic is not None:
        return _automatic(arrival, mailbox)
    if reason := _unwanted(arrival):
        return Place(state=InboundState.QUARANTINE, reason=reason, mailbox=mailbox)
    return as_message(arrival, MessageKind.CUSTOMER)


def _bounce(arrival: Arrival, mailbox: Mailbox) -> Place:
    """It marks our message; the notice itself is in the list of automatic mail, with its ticket."""
    message = None
    if arrival.mail.bounce is not None:
        addresses = [
            *arrival.delivered_to,
            *arrival.mail.delivered_to,
            *(address.email for address in arrival.mail.to),
        ]
        message = bounces.note(arrival.mail.bounce, delivered_to=addresses)
    return Place(
        state=InboundState.IGNORED,
        reason=InboundReason.BOUNCE,
        text=arrival.mail.automatic_reason,
        mailbox=mailbox,
        ticket=message.ticket if message is not None else None,
    )


def _automatic(arrival: Arrival, mailbox: Mailbox) -> Place:
    """Nobody answers it; in a thread of ours people see it, as an absence may explain a silence."""
    if known_ticket(arrival.mail, arrival.own, arrival.delivered_to) is not None:
        return as_message(arrival, MessageKind.SYSTEM)
    kind = arrival.mail.automatic
    reason = REASONS[kind] if kind is not None else InboundReason.BULK
    return Place(state=InboundState.IGNORED, reason=reason, text=arrival.mail.automatic_reason, mailbox=mailbox)


def _unwanted(arrival: Arrival) -> InboundReason:
    if is_blocked(arrival.mail.sender.email):
        return InboundReason.BLOCKED
    if arrival.inbound.source == MailSource.IMPORT:
        return InboundReason.NONE
    if any(arrival.mail.header(name).strip().lower().startswith(("yes", "true")) for name in SPAM_HEADERS):
        return InboundReason.SPAM
    sender = comparable(arrival.mail.sender.email)
    since = timezone.now() - RATE_WINDOW
    recent = InboundMail.objects.filter(sender=sender, received_at__gt=since).exclude(source=MailSource.IMPORT)
    return InboundReason.RATE if recent.count() > settings.TICKET_MAILS_PER_SENDER else InboundReason.NONE


def as_message(arrival: Arrival, kind: MessageKind) -> Place:
    """The mail in its ticket, whatever speaks against it; a customer's is decided on."""
    mail = arrival.mail
    parts = split(mail.text)
    placed = place(
        mail,
        inbound=arrival.inbound,
        own=arrival.own,
        split=parts,
        language=language_of(parts.new or mail.text or mail.subject),
        kind=kind,
        channel=TicketChannel.IMPORT if arrival.inbound.source == MailSource.IMPORT else TicketChannel.MAIL,
        delivered_to=arrival.delivered_to,
        attachments=lambda message: keep(mail, message),
    )
    ticket, message = placed.ticket, placed.message
    # Spam, and what is answered and only thanked for, is not ours; thanks would be answered for ever.
    if kind == MessageKind.CUSTOMER and arrival.answers and ticket.is_ours():
        queue.enqueue(message)
    return Place(state=InboundState.TICKET, mailbox=ticket.mailbox, ticket=ticket, message=message)

"""What a new message does to its ticket."""

from tickets.choices import UNFINISHED, EventBy, EventKind, MessageKind, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.services.events import record, touch
from tickets.thanks import is_thanks

CHANGED = (
    "state", "language", "message_count", "last_message_at", "last_customer_at", "waiting_since", "verified_at",
    "closed_at", "first_answered_at", "last_answered_at", "split_suggested",
)  # fmt: skip
# States in which a word of thanks changes nothing.
SETTLED = (TicketState.ANSWERED, TicketState.RESOLVED, TicketState.CLOSED)


def arrived(ticket: Ticket, message: TicketMessage, *, is_new: bool) -> None:
    """Counts the message; a customer's opens the ticket again, unless it only thanks."""
    before = ticket.state
    ticket.message_count += 1
    ticket.last_message_at = max(ticket.last_message_at, message.sent_at) if not is_new else message.sent_at
    if message.kind == MessageKind.CUSTOMER:
        _customer_wrote(ticket, message)
    elif message.kind == MessageKind.ANSWER:
        _was_answered(ticket, message)
    touch(ticket, *CHANGED)
    record(ticket, EventKind.MESSAGE, by=_by(message), message=message)
    if ticket.state != before:
        record(ticket, EventKind.STATE, by=_by(message), before=before, after=ticket.state)


def _customer_wrote(ticket: Ticket, message: TicketMessage) -> None:
    ticket.last_customer_at = max(filter(None, (ticket.last_customer_at, message.created_at)))
    ticket.language = ticket.language or message.language
    if ticket.state == TicketState.SPAM or (ticket.state in SETTLED and _only_thanks(message)):
        return
    ticket.verified_at = ticket.closed_at = None
    ticket.waiting_since = ticket.waiting_since or message.created_at
    if ticket.state != TicketState.NEW:
        ticket.state = TicketState.OPEN


def _was_answered(ticket: Ticket, message: TicketMessage) -> None:
    """By a mail of ours that came in with the others, such as one from an archive."""
    ticket.first_answered_at = min(filter(None, (ticket.first_answered_at, message.sent_at)))
    ticket.last_answered_at = max(filter(None, (ticket.last_answered_at, message.sent_at)))
    if ticket.state in UNFINISHED and message.sent_at >= ticket.last_message_at:
        ticket.state = TicketState.ANSWERED
        ticket.waiting_since = None


def _only_thanks(message: TicketMessage) -> bool:
    return not message.attachments.exists() and is_thanks(message.new_text or message.text)


def _by(message: TicketMessage) -> EventBy:
    return EventBy.CUSTOMER if message.kind == MessageKind.CUSTOMER else EventBy.SYSTEM

"""What became of an answer on its way: the outbox knows, and the message says it too."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integrations.models import Delivery
from integrations.outbox.choices import OPEN_STATES, DeliveryState
from tickets.choices import EventKind, MessageKind, SendState, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.services.events import locked, record, touch

BATCH = 500
SHOWN_AS: dict[str, SendState] = {
    DeliveryState.PENDING: SendState.QUEUED,
    DeliveryState.SENDING: SendState.QUEUED,
    DeliveryState.DELIVERED: SendState.SENT,
    DeliveryState.FAILED: SendState.FAILED,
    DeliveryState.UNCERTAIN: SendState.FAILED,
    DeliveryState.CANCELLED: SendState.FAILED,
}
# Where nothing would remind anybody of a customer whom the answer did not reach.
AT_REST = (TicketState.ANSWERED, TicketState.WAITING, TicketState.RESOLVED)


def follow(delivery_id: UUID) -> bool:
    """The message of the delivery says what became of it; whether anything changed."""
    rows = TicketMessage.objects.select_related("ticket", "delivery").filter(delivery_id=delivery_id)
    return any(_follow(message) for message in rows)


def sweep() -> int:
    """Follows the deliveries that ended unheard; returns how many messages changed."""
    ended = TicketMessage.objects.filter(send_state=SendState.QUEUED, delivery__isnull=False)
    ended = ended.exclude(delivery__state__in=OPEN_STATES)
    return sum(_follow(message) for message in ended.select_related("ticket", "delivery")[:BATCH])


def _follow(message: TicketMessage) -> bool:
    delivery: Delivery | None = message.delivery
    if delivery is None or message.send_state == SendState.BOUNCED:
        return False
    state = SHOWN_AS[delivery.state]
    if message.send_state == state:
        return False
    return _failed(message) if state == SendState.FAILED else _went(message, state)


@transaction.atomic
def _went(message: TicketMessage, state: SendState) -> bool:
    """Changes nothing of the ticket, which therefore need not be held."""
    same = TicketMessage.objects.filter(pk=message.pk, ticket=message.ticket_id, send_state=message.send_state)
    if not same.update(send_state=state, send_error=""):
        # Somebody else said so, a bounce was quicker, or the message was moved: the sweep looks again.
        return False
    message.send_state = state
    if state == SendState.SENT:
        record(message.ticket, EventKind.SENT, message=message)
    return True


@transaction.atomic
def _failed(message: TicketMessage) -> bool:
    ticket, message = held(message.ticket_id, message.pk)
    delivery: Delivery | None = message.delivery
    if delivery is None or SHOWN_AS[delivery.state] != SendState.FAILED:
        # It was asked for again meanwhile.
        return False
    if message.send_state in {SendState.FAILED, SendState.BOUNCED}:
        return False
    message.send_state, message.send_error = SendState.FAILED, delivery.last_error
    message.save(update_fields=["send_state", "send_error"])
    record(ticket, EventKind.SEND_FAILED, message=message, state=delivery.state)
    give_back(ticket, message)
    return True


def held(ticket_id: int, message_id: int) -> tuple[Ticket, TicketMessage]:
    """The message and its ticket, both locked, the ticket first as everywhere; a message that was moved is followed."""
    ticket = locked(ticket_id)
    rows = TicketMessage.objects.select_for_update(of=("self",)).select_related("delivery")
    message: TicketMessage = rows.get(pk=message_id)
    return (ticket if message.ticket_id == ticket_id else locked(message.ticket_id)), message


def give_back(ticket: Ticket, message: TicketMessage) -> None:
    """An answer did not arrive: the customer still waits, unless a later one was sent."""
    if message.kind != MessageKind.ANSWER or ticket.state not in AT_REST:
        return
    on_its_way = ticket.messages.filter(kind=MessageKind.ANSWER, send_state__in=[SendState.QUEUED, SendState.SENT])
    if on_its_way.filter(pk__gt=message.pk).exists():
        return
    before, ticket.state = ticket.state, TicketState.OPEN
    answered = message.in_answer_to
    ticket.waiting_since = answered.created_at if answered is not None else timezone.now()
    ticket.closed_at = ticket.verified_at = None
    touch(ticket, "state", "waiting_since", "closed_at", "verified_at")
    record(ticket, EventKind.STATE, before=before, after=ticket.state)

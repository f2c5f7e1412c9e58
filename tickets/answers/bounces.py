"""Answers that came back: the message says so, and the ticket is somebody's again."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from tickets.addresses import comparable
from tickets.answers.progress import give_back, held
from tickets.choices import EventKind, MessageKind, SendState
from tickets.models import TicketMessage
from tickets.services.events import record
from tickets.threading import tokens

if TYPE_CHECKING:
    from tickets.mime.mail import Bounce

LOOKED_AT = 20
OURS = (MessageKind.ANSWER, MessageKind.SYSTEM)


@transaction.atomic
def note(bounce: "Bounce", *, delivered_to: Iterable[str] = ()) -> TicketMessage | None:
    """The message of ours that came back, marked; None when it is none of ours.

    `delivered_to` are the addresses that the bounce itself went to: ours carry the ticket's number. A notice that
    it will be tried further (not `permanent`) changes nothing; a second notice of the same neither.
    """
    found = _by_id(bounce) or _by_address(bounce, delivered_to)
    if found is None or not bounce.permanent:
        return found
    ticket, message = held(found.ticket_id, found.pk)
    if message.send_state == SendState.BOUNCED:
        return message
    message.send_state = SendState.BOUNCED
    message.send_error = f"{bounce.recipient}: {bounce.status} {bounce.diagnostic}".strip(": ")[:500]
    message.save(update_fields=["send_state", "send_error"])
    record(ticket, EventKind.BOUNCED, message=message, status=bounce.status)
    give_back(ticket, message)
    return message


def _by_id(bounce: "Bounce") -> TicketMessage | None:
    rows = TicketMessage.objects.filter(message_id__in=bounce.original_ids, kind__in=OURS)
    found: TicketMessage | None = rows.first() if bounce.original_ids else None
    return found


def _by_address(bounce: "Bounce", delivered_to: Iterable[str]) -> TicketMessage | None:
    """The newest message that this ticket sent to the address which complains."""
    number = tokens.ticket_of_addresses(delivered_to)
    if number is None:
        return None
    refused = comparable(bounce.recipient)
    rows = TicketMessage.objects.filter(ticket_id=number, kind__in=OURS).order_by("-pk")[:LOOKED_AT]
    to_whom = ((row, {comparable(str(address)) for address in (*row.to, *row.cc)}) for row in rows)
    return next((row for row, people in to_whom if not refused or refused in people), None)

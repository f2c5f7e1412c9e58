"""What people do with mails that did not become tickets."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from tickets.addresses import OwnAddresses, comparable
from tickets.choices import EventKind, InboundReason, InboundState, MessageKind
from tickets.errors import NotPossible
from tickets.intake.sorting import Arrival, as_message
from tickets.intake.storing import unpacked
from tickets.mime.parsing import parse
from tickets.models import Customer, CustomerAddress, InboundMail, Ticket
from tickets.services.events import record

LEFT_OUT = (InboundState.QUARANTINE, InboundState.IGNORED, InboundState.DISCARDED)


@transaction.atomic
def release(inbound: InboundMail, *, actor: Any) -> Ticket:
    """Takes the mail in as a customer's, whatever spoke against it; raises NotPossible when it is in a ticket."""
    row = _left_out(inbound)
    mail = parse(unpacked(row))
    if not mail.sender.email:
        raise NotPossible("mail", "no_recipient")
    place = as_message(
        Arrival(mail=mail, inbound=row, own=OwnAddresses(), delivered_to=tuple(row.envelope_to)), MessageKind.CUSTOMER
    )
    if place.ticket is None:
        raise NotPossible("mail", "no_recipient")
    row.state, row.reason, row.reason_text = place.state, InboundReason.NONE, ""
    row.ticket, row.mailbox, row.processed_at = place.ticket, place.mailbox, timezone.now()
    row.save()
    record(place.ticket, EventKind.MESSAGE, actor=actor, message=place.message, released=True)
    return place.ticket


@transaction.atomic
def discard(inbound: InboundMail, *, actor: Any) -> None:
    """The mail wants nothing of anybody; it stays in the list and can still be taken in."""
    row = _left_out(inbound)
    row.state = InboundState.DISCARDED
    row.save(update_fields=["state"])


@transaction.atomic
def block_sender(inbound: InboundMail, *, actor: Any) -> Customer:
    """Further mails of this sender go into quarantine; raises NotPossible when there is no sender."""
    address = comparable(inbound.sender)
    if not address:
        raise NotPossible("mail", "no_recipient")
    known = CustomerAddress.objects.filter(address=address).select_related("customer").first()
    if known is None:
        customer: Customer = Customer.objects.create(name=inbound.sender_name, blocked=True)
        CustomerAddress.objects.create(customer=customer, address=address)
        return customer
    known.customer.blocked = True
    known.customer.save(update_fields=["blocked"])
    return known.customer


def _left_out(inbound: InboundMail) -> InboundMail:
    row: InboundMail = InboundMail.objects.select_for_update().get(pk=inbound.pk)
    if row.state not in LEFT_OUT:
        raise NotPossible("mail", "sorted")
    return row

"""A small desk for the tests of answers and what follows from them: a mailbox, a customer, a ticket."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tickets.choices import AnswerKind, EventBy, MessageKind, TicketState
from tickets.models import Customer, CustomerAddress, Draft, Mailbox, Ticket, TicketMessage, Triage

ADDRESS = "anna@client.example"


def mailbox(name: str = "Support", **fields: Any) -> Mailbox:
    values = {"address": "support@desk.example", "sender_name": "Служба заботы", **fields}
    return Mailbox.objects.get_or_create(name=name, defaults=values)[0]


def customer(name: str = "Anna Petrova", address: str = ADDRESS, **fields: Any) -> Customer:
    row = Customer.objects.create(name=name, **fields)
    CustomerAddress.objects.create(customer=row, address=address)
    return row


def ticket(subject: str = "Where is my order?", text: str = "It was to come on Monday.", **fields: Any) -> Any:
    """A ticket with one mail, an hour old, for which the customer waits."""
    sent = timezone.now() - timedelta(hours=1)
    values = {"language": "en", "waiting_since": sent, "last_customer_at": sent, "message_count": 1, **fields}
    values = {"mailbox": fields.get("mailbox") or mailbox(), "customer": fields.get("customer") or customer(), **values}
    row = Ticket.objects.create(subject=subject, created_at=sent, last_message_at=sent, **values)
    letter(row, text, sent_at=sent, created_at=sent)
    return row


def letter(row: Ticket, text: str = "Hello", **fields: Any) -> Any:
    """A mail of the customer, as the intake leaves it."""
    number = row.messages.count() + 1
    values = {
        "sender_address": row.customer.addresses.values_list("address", flat=True)[0],
        "sender_name": row.customer.name,
        "message_id": f"<{row.pk}.{number}@client.example>",
        "references": [f"<root{row.pk}@client.example>"],
        "language": row.language,
        **fields,
    }
    return TicketMessage.objects.create(
        ticket=row, kind=MessageKind.CUSTOMER, text=text, new_text=text, subject=row.subject, **values
    )


def draft(row: Ticket, text: str = "It comes **tomorrow**.", **fields: Any) -> Draft:
    from tickets.answers import propose_draft

    mail: Any = row.messages.first()
    triage = Triage.objects.create(ticket=row, message=mail, mailbox=row.mailbox, state="superseded")
    return propose_draft(ticket=row, in_answer_to=mail, text=text, kind=AnswerKind.ANSWER, triage=triage, **fields)


def answer(row: Ticket, text: str = "It comes tomorrow.", **fields: Any) -> Any:
    from tickets.answers import send_answer

    return send_answer(ticket=row, text=text, **{"by": EventBy.AI, **fields})


def kinds(row: Ticket) -> list[str]:
    return [str(kind) for kind in row.events.order_by("id").values_list("kind", flat=True)]


ANSWERED = TicketState.ANSWERED

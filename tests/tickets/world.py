"""A small desk: two mailboxes, one of them for a team, and people with more and fewer rights."""

from typing import Any

from django.contrib.auth.models import Group, Permission

from accounts.models import User
from tests.conftest import make_user
from tickets.choices import AutopilotLevel, MessageKind
from tickets.models import Customer, CustomerAddress, Mailbox, Ticket, TicketMessage

READ = ("view_ticket", "view_mailbox", "view_customer")
WRITE = ("change_ticket", "answer_ticket")


def mailbox(name: str = "support", *, team: str = "", **fields: Any) -> Mailbox:
    """A mailbox `name`@desk.example, for everybody or for one team."""
    values = {"name": name, "address": f"{name}@desk.example", "autopilot": AutopilotLevel.DRAFT, **fields}
    row = Mailbox.objects.create(**values)
    if team:
        row.groups.add(Group.objects.get_or_create(name=team)[0])
    return row


def customer(name: str = "Ольга Петрова", address: str = "olga@client.example") -> Customer:
    known = CustomerAddress.objects.filter(address=address).select_related("customer").first()
    if known is not None:
        return known.customer
    row = Customer.objects.create(name=name)
    CustomerAddress.objects.create(customer=row, address=address)
    return row


def ticket(box: Mailbox, subject: str = "Где мой заказ?", text: str = "Заказ 1187 не пришёл.", **fields: Any) -> Ticket:
    """A ticket with one mail of its customer."""
    who = fields.pop("customer", None) or customer()
    row = Ticket.objects.create(mailbox=box, subject=subject, customer=who, message_count=1, **fields)
    message(row, text, subject=subject)
    return row


def message(row: Ticket, text: str, *, kind: MessageKind = MessageKind.CUSTOMER, **fields: Any) -> TicketMessage:
    sender = {"sender_address": "olga@client.example", "sender_name": row.customer.name}
    values = {**(sender if kind == MessageKind.CUSTOMER else {}), "new_text": text, **fields}
    return TicketMessage.objects.create(ticket=row, kind=kind, text=text, **values)


def agent(name: str = "anna", *rights: str, **fields: Any) -> User:
    """Staff who reads and answers tickets, or with exactly the named rights."""
    user = make_user(name, is_staff=True, **fields)
    wanted = rights or (*READ, *WRITE)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="tickets", codename__in=wanted))
    return user

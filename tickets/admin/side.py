"""What stands beside a conversation: the customer, his other tickets, what was merged and split."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.models import Conversation
from tickets.choices import MoveKind
from tickets.models import Customer, Ticket, TicketMove

OTHERS = 5


@dataclass(frozen=True, slots=True)
class CustomerSide:
    customer: Customer
    addresses: list[str]
    tickets: list[Ticket]
    talks: list[tuple[str, str, Any]]


def customer_side(ticket: Ticket, *, reader: Any) -> CustomerSide:
    """The customer with his newest other tickets and chat conversations; three queries."""
    customer = ticket.customer
    addresses = list(customer.addresses.values_list("address", flat=True))
    others = Ticket.objects.visible_to(reader).filter(customer=customer).exclude(pk=ticket.pk)
    return CustomerSide(
        customer,
        addresses,
        list(others.order_by("-last_message_at")[:OTHERS]),
        talks_of(addresses, reader=reader),
    )


def talks_of(addresses: list[str], *, reader: Any, limit: int = OTHERS) -> list[tuple[str, str, Any]]:
    """(title, address of the page, last activity) of chat conversations of accounts with one of these addresses."""
    if not addresses or not reader.has_perm("chat.view_conversation"):
        return []
    same = Q()
    for address in addresses:
        same |= Q(owner__email__iexact=address)
    rows = Conversation.objects.filter(same).order_by("-last_activity")[:limit]
    return [
        (row.title or _("Untitled"), reverse("admin:chat_conversation_change", args=[row.pk]), row.last_activity)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class MoveLine:
    move: TicketMove
    text: str
    other: Ticket


def moves_of(ticket: Ticket) -> list[MoveLine]:
    """Merges and splits that have not been taken back, the newest first."""
    rows = TicketMove.objects.filter(Q(source=ticket) | Q(target=ticket), undone_at=None)
    return [_move(row, ticket) for row in rows.select_related("source", "target", "actor").order_by("-id")[:20]]


def _move(row: TicketMove, ticket: Ticket) -> MoveLine:
    away = row.source_id == ticket.pk
    other = row.target if away else row.source
    if row.kind == MoveKind.SPLIT:
        text = _("Messages were split off into #%(n)s") if away else _("Was split off from #%(n)s")
    else:
        text = _("Was merged into #%(n)s") if away else _("#%(n)s was merged into this one")
    return MoveLine(row, text % {"n": other.pk}, other)

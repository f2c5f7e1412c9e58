"""Tickets that a person has parted stay apart, whatever later mails refer to."""

from django.db.models import Q

from tickets.choices import MoveKind
from tickets.models import Ticket, TicketMove


def joinable(first: Ticket, second: Ticket) -> bool:
    """Not when one was split from the other, or when their merge or their joining was taken back."""
    between = Q(source=first, target=second) | Q(source=second, target=first)
    parted = Q(kind=MoveKind.SPLIT, undone_at__isnull=True) | (
        Q(kind__in=[MoveKind.MERGE, MoveKind.THREAD]) & Q(undone_at__isnull=False)
    )
    return not TicketMove.objects.filter(between, parted).exists()

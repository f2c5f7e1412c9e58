"""What hears of each change of a ticket, in its transaction: live desks and the search; and of mailboxes."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from integrations.remember import forget
from tickets import live
from tickets.choices import EventKind
from tickets.models import Mailbox, Ticket, TicketEvent
from tickets.search import index
from tickets.signals import ticket_changed

SAID = frozenset({EventKind.MESSAGE, EventKind.ANSWERED, EventKind.NOTE})
# Afterwards the ticket holds other words than before. A new ticket is followed by its first message.
CHANGED = frozenset({EventKind.SUBJECT, EventKind.MERGED, EventKind.SPLIT, EventKind.UNDONE, EventKind.ERASED})


@receiver(ticket_changed, dispatch_uid="tickets.live")
def wake_live_desks(sender: Any, event: TicketEvent, ticket: Ticket, **_: Any) -> None:
    live.tell_on_commit(ticket.pk)


@receiver(ticket_changed, dispatch_uid="tickets.search")
def keep_the_search(sender: Any, event: TicketEvent, ticket: Ticket, **_: Any) -> None:
    if event.kind in SAID and event.message is not None:
        index.add_message(ticket, event.message)
    elif event.kind in CHANGED:
        index.rebuild([ticket.pk])


@receiver(post_delete, sender=Ticket, dispatch_uid="tickets.search")
def leave_the_search(sender: Any, instance: Ticket, **_: Any) -> None:
    index.remove([instance.pk])


@receiver([post_save, post_delete], sender=Mailbox, dispatch_uid="tickets.mailboxes")
def forget_mailboxes(sender: Any, **_: Any) -> None:
    forget()

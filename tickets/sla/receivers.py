"""Deadlines follow what changes: the tickets themselves in the same transaction, service levels by a task."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from integrations.remember import forget
from tickets.choices import EventKind
from tickets.models import BusinessHours, Mailbox, SlaPolicy, SlaTarget, Ticket, TicketEvent
from tickets.signals import ticket_changed
from tickets.sla.clock import recount

# Events after which other deadlines may hold.
MOVING = frozenset(
    {
        EventKind.CREATED,
        EventKind.MESSAGE,
        EventKind.ANSWERED,
        EventKind.STATE,
        EventKind.PRIORITY,
        EventKind.ESCALATED,
        EventKind.MERGED,
        EventKind.SPLIT,
        EventKind.UNDONE,
        EventKind.RESOLVED,
    }
)


def connect() -> None:
    ticket_changed.connect(_ticket_changed, dispatch_uid="tickets.sla")
    for model in (SlaPolicy, SlaTarget, BusinessHours, Mailbox):
        post_save.connect(_level_changed, sender=model, dispatch_uid="tickets.sla")
    post_delete.connect(_level_changed, sender=SlaTarget, dispatch_uid="tickets.sla.deleted")


def _ticket_changed(event: TicketEvent, ticket: Ticket, **_: Any) -> None:
    if event.kind in MOVING:
        recount(ticket)


def _level_changed(instance: Any, created: bool = False, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    if isinstance(instance, Mailbox) and (created or (update_fields is not None and "sla" not in update_fields)):
        return
    forget()
    mailboxes = list(_mailboxes_of(instance))
    if mailboxes:
        transaction.on_commit(partial(_wake, mailboxes), robust=True)


def _mailboxes_of(instance: Any) -> Any:
    rows = Mailbox.objects.values_list("pk", flat=True)
    if isinstance(instance, Mailbox):
        return rows.filter(pk=instance.pk)
    if isinstance(instance, BusinessHours):
        return rows.filter(sla__hours=instance)
    return rows.filter(sla=instance.policy_id if isinstance(instance, SlaTarget) else instance.pk)


def _wake(mailboxes: list[int]) -> None:
    from tickets.tasks import recount_deadlines

    recount_deadlines.delay(mailboxes)

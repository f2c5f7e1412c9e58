"""Merging and splitting by people, and taking either back."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from tickets.choices import EventKind, MessageKind, MoveKind, TicketState
from tickets.errors import NotPossible
from tickets.models import ThreadKey, Ticket, TicketMessage, TicketMove
from tickets.services.customers import customer_of
from tickets.services.events import locked, record
from tickets.services.moving import carry, final_ticket, join, recount


@transaction.atomic
def merge(source: Ticket, target: Ticket, *, actor: Any) -> TicketMove:
    """`source` becomes part of `target`; raises NotPossible."""
    source, target = final_ticket(source), final_ticket(target)
    if source.pk == target.pk:
        raise NotPossible("target", "same_ticket")
    return join(source, target, kind=MoveKind.MERGE, actor=actor)


@transaction.atomic
def split(ticket: Ticket, messages: Sequence[TicketMessage], *, actor: Any, subject: str = "") -> TicketMove:
    """A new ticket of some of the messages; raises NotPossible. Later mails that answer those go to it."""
    row = locked(ticket.pk)
    if row.state == TicketState.MERGED:
        raise NotPossible("ticket", "merged")
    chosen = sorted(messages, key=lambda message: (message.sent_at, message.pk))
    if not chosen or any(message.ticket_id != row.pk for message in chosen):
        raise NotPossible("messages", "not_a_message")
    if len(chosen) >= row.messages.exclude(kind=MessageKind.NOTE).count():
        raise NotPossible("messages", "nothing_left")
    new = _split_off(row, chosen, subject)
    ids = [message.pk for message in chosen]
    keys = list(ThreadKey.objects.filter(ticket=row, message__in=ids).values_list("digest", flat=True))
    move = TicketMove.objects.create(kind=MoveKind.SPLIT, source=row, target=new, messages=ids, keys=keys, actor=actor)
    carry(ids, keys, source=row, target=new)
    row.split_suggested = False
    recount(row)
    recount(new)
    record(new, EventKind.CREATED, actor=actor)
    for side in (row, new):
        record(side, EventKind.SPLIT, actor=actor, source=row.pk, target=new.pk, move=move.pk)
    ticket.refresh_from_db()
    return move


@transaction.atomic
def undo(move: TicketMove, *, actor: Any) -> None:
    """Puts everything back where it was; raises NotPossible when it has been, or when messages have moved on since."""
    rows = {pk: locked(pk) for pk in sorted((move.source_id, move.target_id))}
    source, target = rows[move.source_id], rows[move.target_id]
    if not TicketMove.objects.filter(pk=move.pk, undone_at__isnull=True).update(undone_at=timezone.now()):
        raise NotPossible("move", "undone")
    here = TicketMessage.objects.filter(pk__in=move.messages, ticket=target).count()
    if here != len(move.messages) or target.state == TicketState.MERGED:
        raise NotPossible("move", "changed_since")
    carry(move.messages, move.keys, source=target, target=source)
    _restore(move, source, target)
    recount(source)
    recount(target)
    for side in (source, target):
        record(side, EventKind.UNDONE, actor=actor, move=move.pk, how=move.kind)
    move.refresh_from_db()


def _restore(move: TicketMove, source: Ticket, target: Ticket) -> None:
    if move.kind != MoveKind.SPLIT:
        source.merged_into = None
        for name, value in move.before.items():
            setattr(source, name, value)
        if source.is_ours():
            source.waiting_since = source.waiting_since or timezone.now()
        return
    if not target.messages.exists():
        # The ticket that the split had made is empty again: it lives on where it came from.
        target.state, target.merged_into, target.waiting_since = TicketState.MERGED, source, None


def _split_off(row: Ticket, chosen: Sequence[TicketMessage], subject: str) -> Ticket:
    first = next((message for message in chosen if message.kind == MessageKind.CUSTOMER), None)
    customer = row.customer
    if first is not None and first.sender_address:
        customer = customer_of(first.sender_address, name=first.sender_name, language=first.language)
    new: Ticket = Ticket.objects.create(
        subject=(subject or chosen[-1].subject or row.subject)[:998],
        mailbox=row.mailbox,
        customer=customer,
        channel=row.channel,
        state=TicketState.OPEN,
        language=row.language,
        priority=row.priority,
        created_at=chosen[0].created_at,
        waiting_since=row.waiting_since,
    )
    return new

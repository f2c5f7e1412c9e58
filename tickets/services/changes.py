"""What people, rules and the autopilot change about a ticket. Each change is one event of its trail."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tickets.choices import UNFINISHED, EventBy, EventKind, MessageKind, TicketPriority, TicketState
from tickets.errors import NotPossible
from tickets.models import Tag, Ticket, TicketMessage, Topic
from tickets.services.events import locked, record, take_over, touch

# What a person may choose; the others come of what happens.
CHOOSABLE = (
    TicketState.OPEN,
    TicketState.WAITING,
    TicketState.ANSWERED,
    TicketState.RESOLVED,
    TicketState.CLOSED,
    TicketState.SPAM,
)
LONGEST_NOTE = 100_000


@transaction.atomic
def set_state(ticket: Ticket, state: TicketState, *, actor: Any = None, by: EventBy = EventBy.SYSTEM) -> bool:
    """Whether anything changed; raises NotPossible for merged tickets and states that nobody chooses."""
    row = _changeable(ticket)
    if state not in CHOOSABLE:
        raise NotPossible("state", "state_not_choosable")
    if row.state == state:
        return False
    before, now = row.state, timezone.now()
    row.state = state
    row.closed_at = None if state in UNFINISHED else now
    if state not in {TicketState.NEW, TicketState.OPEN}:
        row.waiting_since = None
    touch(row, "state", "closed_at", "waiting_since")
    record(row, EventKind.STATE, by=by, actor=actor, before=before, after=state)
    take_over(ticket, row)
    return True


@transaction.atomic
def assign(ticket: Ticket, assignee: Any, *, actor: Any = None, only_if_free: bool = False) -> bool:
    """Whether anything changed. `only_if_free`: raises NotPossible when somebody else has taken it meanwhile."""
    row = _changeable(ticket)
    if only_if_free and row.assignee_id is not None and row.assignee_id != getattr(assignee, "pk", None):
        raise NotPossible("assignee", "taken_by_another")
    if row.assignee_id == getattr(assignee, "pk", None):
        take_over(ticket, row)
        return False
    before = row.assignee_id
    row.assignee = assignee
    touch(row, "assignee")
    record(row, EventKind.ASSIGNED, actor=actor, before=before, after=row.assignee_id)
    take_over(ticket, row)
    return True


@transaction.atomic
def set_priority(ticket: Ticket, priority: TicketPriority, *, actor: Any = None, by: EventBy = EventBy.SYSTEM) -> bool:
    row = _changeable(ticket)
    if row.priority == priority:
        return False
    before, row.priority = row.priority, priority
    touch(row, "priority")
    record(row, EventKind.PRIORITY, by=by, actor=actor, before=before, after=int(priority))
    take_over(ticket, row)
    return True


@transaction.atomic
def set_topic(ticket: Ticket, topic: Topic | None, *, actor: Any = None, by: EventBy = EventBy.SYSTEM) -> bool:
    row = _changeable(ticket)
    if row.topic_id == (topic.pk if topic else None):
        return False
    row.topic = topic
    touch(row, "topic")
    record(row, EventKind.TOPIC, by=by, actor=actor, after=topic.key if topic else "")
    take_over(ticket, row)
    return True


@transaction.atomic
def set_subject(ticket: Ticket, subject: str, *, actor: Any = None) -> bool:
    row = _changeable(ticket)
    subject = " ".join(subject.split())[:998]
    if row.subject == subject:
        return False
    row.subject = subject
    touch(row, "subject")
    record(row, EventKind.SUBJECT, actor=actor)
    take_over(ticket, row)
    return True


@transaction.atomic
def change_tags(
    ticket: Ticket,
    *,
    add: Iterable[Tag] = (),
    remove: Iterable[Tag] = (),
    actor: Any = None,
    by: EventBy = EventBy.SYSTEM,
) -> bool:
    row = _changeable(ticket)
    held = set(row.tags.values_list("pk", flat=True))
    added = [tag for tag in add if tag.pk not in held]
    removed = [tag for tag in remove if tag.pk in held]
    if not added and not removed:
        return False
    row.tags.add(*added)
    row.tags.remove(*removed)
    touch(row)
    names: dict[str, Any] = {"added": [tag.name for tag in added], "removed": [tag.name for tag in removed]}
    record(row, EventKind.TAGS, by=by, actor=actor, **names)
    return True


@transaction.atomic
def add_note(ticket: Ticket, text: str, *, actor: Any = None, by: EventBy = EventBy.SYSTEM) -> TicketMessage:
    """A note for the house; raises NotPossible when it is empty or too long."""
    row = _changeable(ticket)
    if not text.strip():
        raise NotPossible("text", "empty")
    if len(text) > LONGEST_NOTE:
        raise NotPossible("text", "too_long")
    note = TicketMessage.objects.create(
        ticket=row, kind=MessageKind.NOTE, author=actor, by_ai=by == EventBy.AI, text=text, new_text=text
    )
    Ticket.objects.filter(pk=row.pk).update(message_count=F("message_count") + 1, updated_at=timezone.now())
    record(row, EventKind.NOTE, by=by, actor=actor, message=note)
    return note


def _changeable(ticket: Ticket) -> Ticket:
    row = locked(ticket.pk)
    if row.state == TicketState.MERGED:
        raise NotPossible("ticket", "merged")
    return row

"""Until when a ticket is to be answered and settled.

Every deadline is worked out anew from what the ticket says: since when the customer waits, when the ticket was opened,
and for how much open time its clock stood still. So a new priority, other targets and other office hours count at once,
and doing it twice changes nothing. The clock stands still while the next word is the customer's, and after the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tickets.choices import OURS, UNFINISHED
from tickets.models import Ticket
from tickets.services.events import locked
from tickets.sla.hours import ALWAYS
from tickets.sla.policies import Policy, policy_of

FIELDS = ("answer_due_at", "resolution_due_at", "due_at", "sla_paused_at", "sla_paused_seconds")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Times:
    """The fields of a ticket that are worked out here, see FIELDS."""

    answer_due_at: datetime | None
    resolution_due_at: datetime | None
    due_at: datetime | None
    sla_paused_at: datetime | None
    sla_paused_seconds: int


def recount(ticket: Ticket, *, now: datetime | None = None) -> bool:
    """Whether a deadline or the pause changed; in the transaction of the change that it follows from."""
    found = times_of(ticket, policy_of(ticket.mailbox_id), now or timezone.now())
    changed = {name: getattr(found, name) for name in FIELDS if getattr(found, name) != getattr(ticket, name)}
    for name, value in changed.items():
        setattr(ticket, name, value)
    if changed:
        Ticket.objects.filter(pk=ticket.pk).update(**changed)
    return bool(changed)


def times_of(ticket: Ticket, policy: Policy | None, now: datetime) -> Times:
    is_ours = ticket.state in OURS
    hours = policy.hours if policy is not None else ALWAYS
    paused_at, paused = ticket.sla_paused_at, ticket.sla_paused_seconds
    if is_ours and paused_at is not None:
        paused += int(hours.between(paused_at, now).total_seconds())
    if policy is None or ticket.state not in UNFINISHED:
        answer = resolution = None
    else:
        answer = _answer_due(ticket, policy) if is_ours else None
        resolution = _resolution_due(ticket, policy, paused)
    due = min(filter(None, (answer, resolution)), default=None) if is_ours else None
    return Times(answer, resolution, due, None if is_ours else paused_at or now, paused)


def _answer_due(ticket: Ticket, policy: Policy) -> datetime | None:
    target = policy.target(ticket.priority)
    allowed = target.next_answer if ticket.first_answered_at else target.first_answer
    if allowed is None or ticket.waiting_since is None:
        return None
    return policy.hours.add(ticket.waiting_since, allowed)


def _resolution_due(ticket: Ticket, policy: Policy, paused: int) -> datetime | None:
    allowed = policy.target(ticket.priority).resolution
    return None if allowed is None else policy.hours.add(ticket.created_at, allowed + timedelta(seconds=paused))


def recount_open(mailboxes: Iterable[int]) -> int:
    """All unfinished tickets of these mailboxes, after their service level has changed; returns how many changed."""
    changed, last = 0, 0
    rows = Ticket.objects.filter(mailbox__in=list(mailboxes), state__in=UNFINISHED).order_by("pk")
    while numbers := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        for number in numbers:
            with transaction.atomic():
                changed += recount(locked(number))
        last = numbers[-1]
    return changed

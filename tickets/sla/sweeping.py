"""Deadlines that are near, and those that are over: each is told once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from config.api.serializers import utc_z
from tickets.choices import OURS, EventKind
from tickets.models import SlaPolicy, Ticket
from tickets.services.events import record

BATCH = 500


@dataclass(frozen=True, slots=True)
class Told:
    warnings: int
    breaches: int


def sweep(now: datetime | None = None) -> Told:
    """Events for deadlines that are near or over and were not told of yet. Safe to run at the same time elsewhere."""
    moment = now or timezone.now()
    return Told(sum(_warn(policy, moment) for policy in SlaPolicy.objects.all()), _breaches(moment))


def _breaches(now: datetime) -> int:
    told = Q(sla_breached_at__gte=F("due_at"))
    over = Ticket.objects.filter(due_at__lt=now, state__in=OURS, sla_breached_at__isnull=True).order_by("due_at")
    again = Ticket.objects.filter(due_at__lt=now, state__in=OURS, sla_breached_at__lt=F("due_at")).order_by("due_at")
    rows = [*_due(over), *_due(again)]
    return _tell(rows, told, EventKind.SLA_BREACHED, now, sla_breached_at=now)


def _warn(policy: SlaPolicy, now: datetime) -> int:
    """A warning belongs to one deadline: what was told before that one's own time to warn was about another."""
    ahead = timedelta(minutes=policy.warn_minutes)
    told = Q(sla_warned_at__gte=F("due_at") - ahead)
    near = Ticket.objects.filter(mailbox__sla=policy, state__in=OURS, due_at__gte=now, due_at__lte=now + ahead)
    fresh = near.filter(Q(sla_warned_at__isnull=True) | Q(sla_warned_at__lt=F("due_at") - ahead)).order_by("due_at")
    return _tell(_due(fresh), told, EventKind.SLA_WARNING, now, sla_warned_at=now)


def _due(rows: Any) -> list[tuple[int, datetime]]:
    return list(rows.values_list("pk", "due_at")[:BATCH])


def _tell(rows: Iterable[tuple[int, datetime]], told: Q, kind: EventKind, now: datetime, **marks: datetime) -> int:
    return sum(_tell_one(number, due, told, kind, marks) for number, due in rows)


@transaction.atomic
def _tell_one(number: int, due: datetime, told: Q, kind: EventKind, marks: dict[str, datetime]) -> bool:
    name = next(iter(marks))
    fresh = Ticket.objects.filter(pk=number, due_at=due).filter(Q(**{f"{name}__isnull": True}) | ~told)
    if not fresh.update(**marks):
        return False
    ticket = Ticket.objects.get(pk=number)
    what = "answer" if ticket.due_at == ticket.answer_due_at else "resolution"
    record(ticket, kind, due_at=utc_z(due), what=what)
    return True

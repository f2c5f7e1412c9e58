"""Counting a day: everything anew from the rows, so that a day counted twice says the same."""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils import timezone

from tickets.choices import Decision, DraftState, MessageKind, TicketState
from tickets.models import DeskDay, Mailbox, Ticket, TicketMessage, Triage

logger = logging.getLogger(__name__)

# What happens to older tickets changes their day's figures no more.
FRESH_DAYS = 14
# Days of the past that were never counted, for one run of the task.
BACKLOG_DAYS = 60
LEFT_OUT = (TicketState.MERGED, TicketState.SPAM)


def count_days(days: Iterable[date]) -> int:
    """Counts these days for all mailboxes; how many rows were written."""
    mailboxes = list(Mailbox.objects.values_list("pk", flat=True))
    return sum(_count_day(day, mailboxes) for day in days)


def due_days(now: datetime) -> list[date]:
    """Today and the days before, as long as they change; and some that nobody has counted yet."""
    today = now.astimezone(UTC).date()
    fresh = [today - timedelta(days=back) for back in range(FRESH_DAYS)]
    return fresh + _uncounted(before=fresh[-1])


def _uncounted(*, before: date) -> list[date]:
    """The newest days without a row, back to the first ticket."""
    edge = Ticket.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    if edge["first"] is None:
        return []
    first = edge["first"].astimezone(UTC).date()
    known = set(DeskDay.objects.filter(day__lt=before).values_list("day", flat=True))
    days = (before - timedelta(days=back) for back in range(1, (before - first).days + 1))
    return [day for day in days if day not in known][:BACKLOG_DAYS]


def _count_day(day: date, mailboxes: list[int]) -> int:
    begin = datetime.combine(day, time(), UTC)
    span = (begin, begin + timedelta(days=1))
    found: dict[int, dict[str, Any]] = {pk: {} for pk in mailboxes}
    for part in (_tickets(span), _durations(span), _answers(span), _triages(span), _verdicts(span), _ends(span)):
        for mailbox, values in part.items():
            found.setdefault(mailbox, {}).update(values)
    now = timezone.now()
    for mailbox, values in found.items():
        DeskDay.objects.update_or_create(
            mailbox_id=mailbox, day=day, defaults={**_blank(), **values, "counted_at": now}
        )
    return len(found)


def _blank() -> dict[str, Any]:
    fields = (field for field in DeskDay._meta.concrete_fields if field.name not in {"id", "mailbox", "day"})
    return {field.name: field.get_default() for field in fields}


def _within(column: str, span: tuple[datetime, datetime]) -> Q:
    return Q(**{f"{column}__gte": span[0], f"{column}__lt": span[1]})


def _grouped(rows: Any, key: str, **what: Any) -> dict[int, dict[str, Any]]:
    found = rows.order_by().values(key).annotate(**what)
    return {row[key]: {name: row[name] or 0 for name in what} for row in found}


def _tickets(span: tuple[datetime, datetime]) -> dict[int, dict[str, Any]]:
    rows = Ticket.objects.filter(_within("created_at", span)).exclude(state__in=LEFT_OUT)
    return _grouped(rows, "mailbox_id", created=Count("pk"), first_answered=Count("first_answered_at"))


def _durations(span: tuple[datetime, datetime]) -> dict[int, dict[str, Any]]:
    """Medians need every value; of one day there are few."""
    rows = Ticket.objects.filter(_within("created_at", span)).exclude(state__in=LEFT_OUT)
    times: dict[int, tuple[list[float], list[float]]] = {}
    for mailbox, created, answered, closed in rows.values_list(
        "mailbox_id", "created_at", "first_answered_at", "closed_at"
    ).iterator(5_000):
        first, whole = times.setdefault(mailbox, ([], []))
        if answered is not None:
            first.append((answered - created).total_seconds())
        if closed is not None:
            whole.append((closed - created).total_seconds())
    return {
        mailbox: {
            "first_answer_median": share(first, 0.5),
            "first_answer_p90": share(first, 0.9),
            "resolution_median": share(whole, 0.5),
            "resolution_p90": share(whole, 0.9),
        }
        for mailbox, (first, whole) in times.items()
    }


def share(values: list[float], part: float) -> int | None:
    """The value that `part` of all do not exceed, in whole seconds; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return max(0, round(ordered[min(len(ordered) - 1, int(part * len(ordered)))]))


def _answers(span: tuple[datetime, datetime]) -> dict[int, dict[str, Any]]:
    rows = TicketMessage.objects.filter(_within("created_at", span), kind=MessageKind.ANSWER)
    automatic = Count("pk", filter=Q(author__isnull=True, by_ai=True))
    return _grouped(rows, "ticket__mailbox_id", answered=Count("pk"), automatic=automatic)


def _triages(span: tuple[datetime, datetime]) -> dict[int, dict[str, Any]]:
    names = {
        "full_answer": Decision.FULL_ANSWER,
        "need_more_info": Decision.NEED_MORE_INFO,
        "escalated": Decision.ESCALATE,
    }
    rows = Triage.objects.filter(_within("created_at", span))
    return _grouped(
        rows, "mailbox_id", **{name: Count("pk", filter=Q(decision=value)) for name, value in names.items()}
    )


def _verdicts(span: tuple[datetime, datetime]) -> dict[int, dict[str, Any]]:
    rows = Triage.objects.filter(_within("verdict_at", span)).exclude(verdict="")
    names = {"approved": DraftState.APPROVED, "edited": DraftState.EDITED, "rejected": DraftState.REJECTED}
    return _grouped(rows, "mailbox_id", **{name: Count("pk", filter=Q(verdict=value)) for name, value in names.items()})


def _ends(span: tuple[datetime, datetime]) -> dict[int, dict[str, Any]]:
    """Closed, rated, verified on this day, whenever they began."""
    found: dict[int, dict[str, Any]] = {}
    for column, what in (
        ("closed_at", {"closed": Count("pk")}),
        ("rated_at", {"ratings": Count("pk"), "rating_sum": Sum(F("rating"))}),
        ("verified_at", {"verified": Count("pk")}),
    ):
        rows = Ticket.objects.filter(_within(column, span)).exclude(state__in=LEFT_OUT)
        for mailbox, values in _grouped(rows, "mailbox_id", **what).items():
            found.setdefault(mailbox, {}).update(values)
    return found

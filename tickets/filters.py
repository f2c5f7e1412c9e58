"""The queues of the desk and what lists are narrowed by; pages and API share them."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tickets.choices import OURS, UNFINISHED
from tickets.models import Ticket

QUEUES = ("all", "mine", "unassigned", "waiting", "overdue", "drafts", "escalated")


def in_queue(rows: "QuerySet[Ticket]", queue: str, *, actor: Any, now: datetime) -> "QuerySet[Ticket]":
    """The tickets of `rows` that stand in one of QUEUES."""
    asked = {
        "all": Q(),
        "mine": Q(assignee=actor, state__in=UNFINISHED),
        "unassigned": Q(assignee__isnull=True, state__in=OURS),
        "waiting": Q(waiting_since__isnull=False, state__in=OURS),
        "overdue": Q(due_at__lt=now, state__in=UNFINISHED),
        "drafts": Q(has_draft=True),
        "escalated": Q(escalated_at__isnull=False, state__in=OURS),
    }[queue]
    return rows.filter(asked)


def narrowed(rows: "QuerySet[Ticket]", query: dict[str, Any]) -> "QuerySet[Ticket]":
    """By the named columns of a query of the API; `assignee` 0 is nobody."""
    columns = {
        "state": "state",
        "mailbox": "mailbox",
        "priority": "priority",
        "topic": "topic__key",
        "customer": "customer__uuid",
        "updated_after": "updated_at__gt",
    }
    wanted = {column: query[name] for name, column in columns.items() if name in query}
    if "assignee" in query:
        wanted |= {"assignee": query["assignee"]} if query["assignee"] else {"assignee__isnull": True}
    if "tag" in query:
        # Names are unique, so this adds no rows.
        wanted["tags__name"] = query["tag"]
    return rows.filter(**wanted)

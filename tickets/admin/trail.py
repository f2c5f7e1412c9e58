"""The trail of a ticket in words: who did what, people and AI alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tickets.choices import EventBy, EventKind, TicketPriority, TicketState
from tickets.models import Ticket, TicketEvent, Topic

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """`tone` marks what went wrong (danger) or was done by the product (quiet)."""

    id: int
    kind: str
    who: str
    by: str
    what: str
    at: datetime
    message_id: int | None
    tone: str


@dataclass(frozen=True, slots=True)
class Names:
    """What events name by key: people by their ids, topics by their keys."""

    people: dict[int, str]
    topics: dict[str, str]


def trail(ticket: Ticket, *, after: int = 0) -> list[Line]:
    """The newest SHOWN events after `after`, oldest first; three queries at most."""
    rows = TicketEvent.objects.filter(ticket=ticket, pk__gt=after).select_related("actor").order_by("-pk")[:SHOWN]
    found = list(reversed(rows))
    names = Names(names_of(found), _topics_of(found))
    return [_line(row, names) for row in found]


def names_of(events: Iterable[TicketEvent]) -> dict[int, str]:
    """The names of people whom events name by key: who was given a ticket."""
    from accounts.models import User

    keys = {
        value
        for event in events
        if event.kind == EventKind.ASSIGNED
        for value in (event.data.get("before"), event.data.get("after"))
        if isinstance(value, int)
    }
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=keys)} if keys else {}


def _topics_of(events: Iterable[TicketEvent]) -> dict[str, str]:
    keys = {str(event.data.get("after")) for event in events if event.kind == EventKind.TOPIC}
    return {topic.key: str(topic) for topic in Topic.objects.filter(key__in=keys)} if keys else {}


def _line(event: TicketEvent, names: Names) -> Line:
    by = EventBy(event.by) if event.by in EventBy.values else EventBy.SYSTEM
    who = event.actor.display_name if event.actor else str(by.label)
    return Line(event.pk, event.kind, who, by, _what(event, names), event.created_at, event.message_id, _tone(event))


def _tone(event: TicketEvent) -> str:
    bad = {EventKind.BOUNCED, EventKind.SEND_FAILED, EventKind.SLA_BREACHED}
    warning = {EventKind.ESCALATED, EventKind.SLA_WARNING}
    return "danger" if event.kind in bad else "warning" if event.kind in warning else ""


def _what(event: TicketEvent, names: Names) -> str:
    data: dict[str, Any] = event.data if isinstance(event.data, dict) else {}
    label = str(EventKind(event.kind).label) if event.kind in EventKind.values else event.kind
    detail = _detail(event.kind, data, names)
    return f"{label}: {detail}" if detail else label


def _detail(kind: str, data: dict[str, Any], names: Names) -> str:
    match kind:
        case EventKind.STATE:
            return _change(_state(data.get("before")), _state(data.get("after")))
        case EventKind.PRIORITY:
            return _change(_priority(data.get("before")), _priority(data.get("after")))
        case EventKind.ASSIGNED:
            return _change(_person(data.get("before"), names), _person(data.get("after"), names))
        case EventKind.TAGS:
            added = [f"+ {name}" for name in _texts(data.get("added"))]
            return ", ".join(added + [f"− {name}" for name in _texts(data.get("removed"))])
        case EventKind.TOPIC:
            key = str(data.get("after") or "")
            return names.topics.get(key, key) or _("none")
        case EventKind.RATED:
            return _("%(n)s of 5") % {"n": data["rating"]} if "rating" in data else ""
    return str(data.get("reason_text") or data.get("reason") or data.get("error") or "")[:300]


def _change(before: str, after: str) -> str:
    return f"{before} → {after}"


def _state(value: Any) -> str:
    return str(TicketState(value).label) if value in TicketState.values else str(value or "–")


def _priority(value: Any) -> str:
    return str(TicketPriority(value).label) if value in TicketPriority.values else str(value or "–")


def _person(value: Any, names: Names) -> str:
    return names.people.get(value, "?") if value else _("nobody")


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []

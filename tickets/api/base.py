"""What the routes of the desk share: who may, how refusals are told, how lists are paged."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError

from accounts.api.common import JSONView
from accounts.api.permissions import NO_PRIVILEGES, IsUser
from accounts.choices import Scope
from config.api import DetailSerializer, QueryError, utc_z
from tickets.errors import NotPossible
from tickets.models import Ticket
from tickets.sockets import may_look

TAGS = ["tickets"]
DETAIL = DetailSerializer
REFUSED = {401: DETAIL, 403: DETAIL}
MISSING = {**REFUSED, 404: DETAIL}
CHANGED = {**MISSING, 409: DETAIL, 422: DETAIL}
MOST_ROWS = 200

# Refusals that come of what somebody else did: asking again in the same way may work later, or never.
CONFLICTS = frozenset(
    {"merged", "taken_by_another", "undone", "changed_since", "draft_closed", "erased", "sent_already"}
)


class MayViewTickets(IsUser):
    """Staff who may view tickets in the back office."""

    def may(self, user: Any) -> bool:
        return may_look(user)


class NoSuchTicket(APIException):
    status_code = status.HTTP_404_NOT_FOUND
    default_detail = gettext_lazy("Ticket not found.")
    default_code = "not_found"


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class DeskView(JSONView):
    """For staff; a key may read with `tickets:read` and change with `tickets:write`."""

    permission_classes = [MayViewTickets]
    required_scopes = {
        "GET": Scope.TICKETS_READ,
        "POST": Scope.TICKETS_WRITE,
        "PATCH": Scope.TICKETS_WRITE,
        "DELETE": Scope.TICKETS_WRITE,
    }

    def require(self, permission: str) -> None:
        """Refuses a caller without this right of the back office, such as `answer_ticket`."""
        if not self.request.user.has_perm(f"tickets.{permission}"):
            raise PermissionDenied(NO_PRIVILEGES)

    def tickets(self) -> "QuerySet[Ticket]":
        visible: QuerySet[Ticket] = Ticket.objects.visible_to(self.request.user)
        return visible

    def ticket(self, key: str) -> Ticket:
        """The ticket of this number or id, among those that the caller may see; else 404."""
        wanted = ticket_key(key)
        found = self.tickets().filter(**wanted).select_related(*TICKET_RELATED).first() if wanted else None
        if found is None:
            raise NoSuchTicket
        return found


TICKET_RELATED = ("mailbox", "customer", "assignee", "topic")


def ticket_key(key: str) -> dict[str, Any]:
    """How to look for a ticket by number or id; empty for what is neither."""
    if key.isascii() and key.isdecimal():
        return {"pk": int(key)} if len(key) <= 18 else {}
    try:
        return {"uuid": UUID(key)}
    except ValueError:
        return {}


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what the services refuse into HTTP errors: 409 for what others did, 422 for what was asked."""
    try:
        yield
    except NotPossible as error:
        if error.code in CONFLICTS or error.code == "answered_meanwhile":
            raise Conflict(str(error), error.code) from error
        raise ValidationError({error.field: [serializers.ErrorDetail(str(error), error.code)]}) from error


class Paged(serializers.Serializer[Any]):
    """Paging by cursor: `next` of an answer is the `cursor` of the next question."""

    cursor = serializers.CharField(max_length=200, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=50)


def page_of(
    rows: "QuerySet[Any]", query: dict[str, Any], *, order: Sequence[str], descending: bool = True
) -> tuple[list[Any], str | None]:
    """A page in the order of these columns, all in one direction, and the cursor of the next one.

    The last column must tell rows apart. What is added or removed meanwhile moves no page.
    """
    if "cursor" in query:
        rows = rows.filter(_beyond(order, _read_cursor(query["cursor"], len(order)), "lt" if descending else "gt"))
    rows = rows.order_by(*(f"-{column}" if descending else column for column in order))
    found = list(rows[: query["limit"] + 1])
    page = found[: query["limit"]]
    more = len(found) > len(page)
    return page, _cursor([getattr(page[-1], column) for column in order]) if more else None


def _beyond(order: Sequence[str], values: Sequence[Any], than: str) -> Q:
    first, *rest = order
    if not rest:
        return Q(**{f"{first}__{than}": values[0]})
    # The first part alone lets an index do the work.
    at_least = Q(**{f"{first}__{than}e": values[0]})
    return at_least & (Q(**{f"{first}__{than}": values[0]}) | _beyond(rest, values[1:], than))


def _cursor(values: Sequence[Any]) -> str:
    written = [utc_z(value) if isinstance(value, datetime) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(written).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != length or not all(isinstance(value, str) for value in values):
            raise ValueError
        return [_value(value) for value in values]
    except (ValueError, binascii.Error, RecursionError) as error:
        raise QueryError({"cursor": [_("This cursor is not one of ours.")]}) from error


def _value(value: str) -> Any:
    """A number, an id or a moment; raises ValueError."""
    if value.isascii() and value.isdecimal() and len(value) <= 18:
        return int(value)
    if value.endswith("Z"):
        return datetime.fromisoformat(value)
    return UUID(value)

"""Filters of the queue. Their choices are what the reader may see."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.backoffice.filters import ValuesFilter
from tickets.choices import TicketPriority
from tickets.models import Mailbox, Tag, Topic
from tickets.querysets import seen_mailboxes

NOBODY = "none"
MANY = 300


class RowsFilter(ValuesFilter):
    """A dropdown of rows; a subclass says which and by what field tickets name them."""

    field = ""
    nobody: Any = ""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        first = [(NOBODY, self.nobody)] if self.nobody else []
        return [*first, *((str(row.pk), str(self.name(row))) for row in self.rows(request)[:MANY])]

    def name(self, row: Any) -> Any:
        return row

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == NOBODY:
            return queryset.filter(**{f"{self.field}__isnull": True})
        return queryset.filter(**{self.field: int(value)}) if value.isdecimal() and len(value) < 10 else queryset


class MailboxFilter(RowsFilter):
    title = _("mailbox")
    parameter_name = "mailbox"
    field = "mailbox"

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        seen = seen_mailboxes(request.user)
        return Mailbox.objects.all() if seen is None else Mailbox.objects.filter(pk__in=seen)


class AssigneeFilter(RowsFilter):
    title = _("assigned to")
    parameter_name = "assignee"
    field = "assignee"
    nobody = _("Nobody")

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return staff_users()

    def name(self, row: Any) -> Any:
        return row.display_name


class TopicFilter(RowsFilter):
    title = _("topic")
    parameter_name = "topic"
    field = "topic"
    nobody = _("Without a topic")

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return Topic.objects.all()


class TagFilter(RowsFilter):
    title = _("tag")
    parameter_name = "tag"
    field = "tags"

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return Tag.objects.all()


class PriorityFilter(ValuesFilter):
    title = _("priority")
    parameter_name = "priority"
    values = tuple((str(value), label) for value, label in TicketPriority.choices)

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(priority=int(value)) if value.isdecimal() and len(value) < 4 else queryset


def staff_users() -> QuerySet[User]:
    """Who can be given a ticket."""
    found: QuerySet[User] = User.objects.filter(is_active=True, is_staff=True)
    return found.order_by("first_name", "last_name", "username")

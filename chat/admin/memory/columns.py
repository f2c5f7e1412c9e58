"""Columns and filters of the pages about memory."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.display import avatar, person
from config.backoffice.filters import ValuesFilter


def whose(row: Any) -> SafeString:
    """The person or visitor whom a row with `owner` and `visitor_id` is about."""
    if row.owner is not None:
        return person(row.owner)
    return avatar(visitor_name(row.visitor_id))


def visitor_name(key: Any) -> str:
    return _("Visitor %(id)s") % {"id": str(key)[:8]}


class MemoryHolderFilter(ValuesFilter):
    title = gettext_lazy("whose")
    parameter_name = "holder"
    values = (("user", gettext_lazy("Users")), ("visitor", gettext_lazy("Visitors")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        conditions = {"user": Q(owner__isnull=False), "visitor": Q(visitor__isnull=False)}
        return queryset.filter(conditions.get(value, Q()))


class PinnedFilter(ValuesFilter):
    title = gettext_lazy("pinned")
    parameter_name = "pinned"
    values = (("yes", gettext_lazy("Pinned")), ("no", gettext_lazy("Not pinned")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(pinned=value == "yes") if value in {"yes", "no"} else queryset

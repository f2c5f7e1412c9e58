"""Filters of change lists that the skin lacks or gets wrong."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone

if TYPE_CHECKING:
    DropdownFilter = admin.SimpleListFilter
    SkinDateFilter = admin.FieldListFilter
else:
    from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
    from unfold.contrib.filters.admin import RangeDateFilter as SkinDateFilter

__all__ = ["ChoicesDropdownFilter", "DayRangeFilter", "DropdownFilter", "ValuesFilter", "day_start", "parse_day"]

if TYPE_CHECKING:
    ChoicesDropdownFilter = admin.ChoicesFieldListFilter


def parse_day(text: str) -> date | None:
    """A day as the reader's calendar writes it, or in any form that settings know."""
    for form in [*formats.get_format_lazy("DATE_INPUT_FORMATS"), *settings.DATE_INPUT_FORMATS]:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def day_start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class DayRangeFilter(SkinDateFilter):
    """Whole days, both ends included, in the reader's time zone; nonsense filters nothing."""

    used_parameters: dict[str, Any]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first = parse_day(str(self.used_parameters.get(f"{self.field_path}_from") or ""))
        last = parse_day(str(self.used_parameters.get(f"{self.field_path}_to") or ""))
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": day_start(first)})
        if last and last < date.max:
            queryset = queryset.filter(**{f"{self.field_path}__lt": day_start(last + timedelta(days=1))})
        return queryset


class ValuesFilter(DropdownFilter):
    """A dropdown of named values; a subclass says which and what each of them means."""

    values: Iterable[tuple[str, Any]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.values)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return self.narrow(queryset, value) if value else queryset

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError

"""Deleting through services, with a summary instead of a list of every related row."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst


class SummedDeletion:
    """For admins whose rows take thousands of others with them: the confirmation counts instead of listing.

    A subclass says what is lost (`losses`), deletes one row through a service (`delete_one`), and may name
    the rows that cannot go (`kept`).
    """

    opts: Any
    admin_site: Any

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        raise NotImplementedError

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        raise NotImplementedError

    def kept(self, request: HttpRequest, rows: QuerySet[Any]) -> list[str]:
        return []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[str], Any]:
        """As ModelAdmin's: what to show, counts, lacking permissions, and what forbids the deletion."""
        rows = self._rows(objs)
        named = [format_html("{}: {}", capfirst(self.opts.verbose_name), row) for row in rows[:100]]
        lacking = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        counts = {str(self.opts.verbose_name_plural): rows.count()}
        return [*named, *self.losses(rows)], counts, lacking, self.kept(request, rows)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj)  # type: ignore[misc, no-any-return]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_one(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_one(request, row)

    def _rows(self, objs: Any) -> QuerySet[Any]:
        keys = [obj.pk for obj in objs]
        return self.opts.model._default_manager.filter(pk__in=keys)  # type: ignore[no-any-return]

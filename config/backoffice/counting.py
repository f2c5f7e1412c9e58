import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import connections
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce


def related_count(model: Any, relation: str) -> Coalesce:
    """How many rows hang on a row by `relation`; counted for the rows of one page, not for the whole table."""
    reverse = model._meta.get_field(relation)
    name = reverse.field.name
    rows = reverse.related_model._default_manager.filter(**{name: OuterRef("pk")}).order_by().values(name)
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator


class ReachablePaginator(AnyPaginator):
    """For lists of any length: nobody pages further than REACH rows, so nothing is counted beyond.

    `about` is how many rows there are in all, when there are more than can be paged to.
    """

    REACH = 10_000
    # The planner's guess is trusted where it is far beyond what is paged to.
    SURE = 4 * REACH

    @cached_property
    def count(self) -> int:
        return min(self._found, self.REACH)

    @cached_property
    def about(self) -> int | None:
        return self._found if self._found > self.REACH else None

    @cached_property
    def _found(self) -> int:
        guess = planned_rows(self.object_list)
        if guess > self.SURE:
            return guess
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.REACH + 1].count())


def planned_rows(rows: Any) -> int:
    """How many rows PostgreSQL expects, without looking for them; 0 where the database makes no such plan."""
    if connections[rows.db].vendor != "postgresql":
        return 0
    plan = rows.order_by().explain(format="json")
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0

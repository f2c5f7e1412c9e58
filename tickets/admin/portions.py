"""A bulk action changes a bounded number of rows at a time, and says so when more were chosen."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from config.backoffice.display import count

# Beyond it is said only that there are more.
REACH = 10_000


@dataclass(frozen=True, slots=True)
class Portion:
    """The rows of one run, and how many there are to be changed in all: at most REACH + 1."""

    rows: list[Any]
    total: int

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)

    @property
    def numbers(self) -> dict[str, str]:
        shown = f"{count(REACH)}+" if self.total > REACH else count(self.total)
        return {"n": count(len(self.rows)), "all": shown}


def portion(chosen: QuerySet[Any], most: int, *, done: Q | None = None) -> Portion:
    """The first `most` rows. Of more than these the ones that are `done` are left out: the next run then goes on."""
    rows = list(chosen[: most + 1])
    if len(rows) > most and done is not None:
        chosen = chosen.exclude(done)
        rows = list(chosen[: most + 1])
    if len(rows) <= most:
        return Portion(rows, len(rows))
    return Portion(rows[:most], chosen.order_by().values("pk")[: REACH + 1].count())

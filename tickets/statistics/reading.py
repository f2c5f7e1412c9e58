"""The figures as people and the API read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tickets.models import DeskDay
from tickets.querysets import seen_mailboxes

SUMS = (
    "created", "answered", "automatic", "first_answered", "closed", "full_answer", "need_more_info", "escalated",
    "approved", "edited", "rejected", "ratings", "rating_sum", "verified",
)  # fmt: skip
# Of several days or mailboxes the mean weighted by how many there were: the single values are not kept.
TIMES = {
    "first_answer_median": "first_answered",
    "first_answer_p90": "first_answered",
    "resolution_median": "closed",
    "resolution_p90": "closed",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, times in seconds (None: nothing to measure), and what follows from them."""

    counts: dict[str, int]
    times: dict[str, int | None]

    @property
    def decided(self) -> int:
        return sum(self.counts[name] for name in ("full_answer", "need_more_info", "escalated"))

    def share_decided(self, decision: str) -> float | None:
        return _share(self.counts[decision], self.decided)

    @property
    def automatic_share(self) -> float | None:
        """Of the answers those that no person has looked at."""
        return _share(self.counts["automatic"], self.counts["answered"])

    @property
    def edit_rate(self) -> float | None:
        """Of the drafts that people judged those that they changed or rejected."""
        changed = self.counts["edited"] + self.counts["rejected"]
        return _share(changed, changed + self.counts["approved"])

    @property
    def rating(self) -> float | None:
        """The mean, 1 to 5."""
        return _share(self.counts["rating_sum"], self.counts["ratings"])

    def as_json(self) -> dict[str, Any]:
        counts = {name: value for name, value in self.counts.items() if name != "rating_sum"}
        return {
            **counts,
            **self.times,
            "full_answer_share": self.share_decided("full_answer"),
            "need_more_info_share": self.share_decided("need_more_info"),
            "escalated_share": self.share_decided("escalated"),
            "automatic_share": self.automatic_share,
            "edit_rate": self.edit_rate,
            "rating": self.rating,
        }


def figures(*, actor: Any, first: date, last: date, mailbox: int | None = None) -> list[DeskDay]:
    """The rows of the days from `first` to `last` of the mailboxes that `actor` sees, the oldest first."""
    seen = seen_mailboxes(actor)
    rows = DeskDay.objects.filter(day__range=(first, last)).order_by("day", "mailbox")
    if seen is not None:
        rows = rows.filter(mailbox__in=seen)
    return list(rows.filter(mailbox=mailbox) if mailbox is not None else rows)


def total(rows: Iterable[DeskDay]) -> Figures:
    """All rows together."""
    found = list(rows)
    counts = {name: sum(getattr(row, name) for row in found) for name in SUMS}
    return Figures(counts, {name: _mean(found, name, weight) for name, weight in TIMES.items()})


def by_day(rows: Iterable[DeskDay]) -> dict[date, Figures]:
    """Of each day all mailboxes together."""
    days: dict[date, list[DeskDay]] = {}
    for row in rows:
        days.setdefault(row.day, []).append(row)
    return {day: total(found) for day, found in sorted(days.items())}


def _mean(rows: list[DeskDay], name: str, weight: str) -> int | None:
    pairs = [(getattr(row, name), max(getattr(row, weight), 1)) for row in rows if getattr(row, name) is not None]
    weights = sum(count for _, count in pairs)
    return round(sum(value * count for value, count in pairs) / weights) if weights else None


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None

"""Office hours: time that counts, in a time zone with its summer time, without holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tickets.models.mailboxes import WEEKDAYS, BusinessHours

DAY = 24 * 60
MINUTE = timedelta(minutes=1)
# What needs more days than these is never over: hours without an opening would be searched for ever.
HORIZON_DAYS = 3 * 366
NOTHING = timedelta(0)

# Minutes from a day's midnight, begin and end; an end beyond DAY lies in the next day.
Span = tuple[int, int]
Open = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hours:
    """`week` has the spans of each weekday, Monday first. A span counts for the day on which it begins."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, row: BusinessHours | None) -> "Hours | Always":
        """None is day and night. Raises ValidationError naming the field of a row that makes no sense."""
        if row is None:
            return ALWAYS
        return cls(parse_zone(row.time_zone), parse_week(row.week), parse_holidays(row.holidays))

    def is_open(self, now: datetime) -> bool:
        return any(begin <= now < end for begin, end in self._open_from(now, days=2))

    def add(self, start: datetime, duration: timedelta) -> datetime | None:
        """The moment at which `duration` of open time has passed since `start`; None when it never does."""
        left = duration
        for begin, end in self._open_from(start):
            begin = max(begin, start)
            if end <= begin:
                continue
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time between two moments; nothing when they are in the wrong order."""
        days = max(0, (end - start).days) + 3
        parts = (min(stop, end) - max(begin, start) for begin, stop in self._open_from(start, days=days))
        return sum((part for part in parts if part > NOTHING), NOTHING)

    def _open_from(self, start: datetime, *, days: int = HORIZON_DAYS) -> Iterator[Open]:
        """In order and without overlaps; begins with the day before, whose last span may reach over midnight."""
        first = start.astimezone(self.zone).date() - timedelta(days=1)
        known = datetime.min.replace(tzinfo=UTC)
        for number in range(days + 1):
            day = first + timedelta(days=number)
            for begin, end in () if day in self.holidays else self.week[day.weekday()]:
                opens, closes = self._moment(day, begin, last=False), self._moment(day, end, last=True)
                if closes > max(known, opens):
                    yield max(known, opens), closes
                    known = closes

    def _moment(self, day: date, minutes: int, *, last: bool) -> datetime:
        """The first or the last moment with this local time; of one that a clock change leaves out, the change."""
        local = datetime.combine(day, time()) + timedelta(minutes=minutes)
        first, second = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first <= second:
            return second if last else first
        return _change(second, first, self.zone)


class Always:
    """Day and night."""

    def is_open(self, now: datetime) -> bool:
        return True

    def add(self, start: datetime, duration: timedelta) -> datetime | None:
        return start + duration

    def between(self, start: datetime, end: datetime) -> timedelta:
        return max(NOTHING, end - start)


ALWAYS = Always()


@lru_cache(maxsize=256)
def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first minute above `low` at which the clocks show what they show at `high`."""
    after = high.astimezone(zone).utcoffset()
    while high - low > MINUTE:
        middle = low + ((high - low) // 2) // MINUTE * MINUTE
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
    return high


def parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError({"time_zone": _("There is no time zone of this name.")}) from error


def parse_week(week: Any) -> tuple[tuple[Span, ...], ...]:
    """`{"mon": [["09:00", "18:00"]], ...}` as spans; a span that ends before it begins ends on the next day."""
    if not isinstance(week, dict) or not set(week) <= set(WEEKDAYS):
        raise ValidationError({"week": _("The days are mon, tue, wed, thu, fri, sat and sun.")})
    return tuple(tuple(sorted(_spans(day, week.get(day) or []))) for day in WEEKDAYS)


def parse_holidays(holidays: Any) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(day) for day in holidays)
    except (TypeError, ValueError) as error:
        raise ValidationError({"holidays": _("Holidays are dates such as 2026-12-31.")}) from error


def _spans(day: str, spans: Any) -> Iterator[Span]:
    for span in spans if isinstance(spans, list | tuple) else [spans]:
        if not isinstance(span, list | tuple) or len(span) != 2:
            raise ValidationError({"week": _("%(day)s: a span has a begin and an end.") % {"day": day}})
        begin, end = (_minutes(day, value) for value in span)
        if begin == end or begin == DAY:
            raise ValidationError({"week": _("%(day)s: a span must not be empty.") % {"day": day}})
        yield begin, end if end > begin else end + DAY


def _minutes(day: str, value: Any) -> int:
    hours, colon, minutes = str(value).partition(":")
    number = int(hours) * 60 + int(minutes) if hours.isdecimal() and minutes.isdecimal() and colon else -1
    if not 0 <= number <= DAY or int(minutes) > 59:
        raise ValidationError({"week": _("%(day)s: times look like 09:30.") % {"day": day}})
    return number

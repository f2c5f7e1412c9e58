"""Office hours against a clock that is looked at every minute."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as some

from tickets.models.mailboxes import WEEKDAYS
from tickets.sla.hours import ALWAYS, Hours

MINUTE = timedelta(minutes=1)
# Days around clock changes of the north and the south, one of them by half an hour, and a zone without any.
ZONES = {
    "Europe/Berlin": ["2026-03-28", "2026-10-24"],
    "America/New_York": ["2026-03-07", "2026-10-31"],
    "Australia/Lord_Howe": ["2026-04-04", "2026-10-03"],
    "Europe/Moscow": ["2026-12-30"],
}
CLOCK = some.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
SPAN = some.tuples(CLOCK, some.one_of(CLOCK, some.just("24:00"))).filter(lambda span: span[0] != span[1]).map(list)
WEEK = some.fixed_dictionaries({day: some.lists(SPAN, max_size=3) for day in WEEKDAYS})
PLACE = some.sampled_from([(zone, day) for zone, days in ZONES.items() for day in days])
QUICK = settings(max_examples=150, deadline=None, derandomize=True)


def hours(week, zone="Europe/Moscow", holidays=()):
    return Hours.of(SimpleNamespace(week=week, time_zone=zone, holidays=list(holidays)))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def counts(week, holidays, local):
    """Whether the clock on the wall says that somebody is there, by the week as it is written."""
    minute = local.hour * 60 + local.minute
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        if day.isoformat() in holidays:
            continue
        for begin, end in week[WEEKDAYS[day.weekday()]]:
            first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (begin, end))
            last += 1440 if last <= first else 0
            if first <= minute + back * 1440 < last:
                return True
    return False


@QUICK
@given(WEEK, PLACE, some.booleans())
def test_every_minute_is_judged_as_the_clock_on_the_wall_judges_it(week, place, with_holiday):
    zone, day = place
    holidays = [(date.fromisoformat(day) + timedelta(days=1)).isoformat()] if with_holiday else []
    found = hours(week, zone, holidays)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    moments = [start + number * 7 * MINUTE for number in range(400)]
    for moment in moments:
        expected = counts(week, holidays, moment.astimezone(found.zone))
        if found.is_open(moment) != expected:
            # Where the clock goes back, a span counts from its first to its last moment.
            local = moment.astimezone(found.zone)
            assert local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() or _near_change(local)


def _near_change(local):
    return (
        any((local + timedelta(minutes=60 * step)).utcoffset() != local.utcoffset() for step in (-2, -1, 1, 2))
        and (local.astimezone(UTC) + timedelta(hours=2)).astimezone(local.tzinfo).utcoffset()
        != (local.astimezone(UTC) - timedelta(hours=2)).astimezone(local.tzinfo).utcoffset()
    )


@QUICK
@given(WEEK, PLACE, some.integers(0, 4000), some.integers(1, 6000), some.integers(0, 6000))
def test_what_is_added_is_what_lies_between(week, place, offset, more, further):
    zone, day = place
    found = hours(week, zone)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + offset * MINUTE
    one, two = timedelta(minutes=more), timedelta(minutes=further)
    end = found.add(start, one)
    if not any(week.values()):
        assert end is None
        return
    assert end > start
    assert found.between(start, end) == one
    assert found.add(start, one + two) == (found.add(end, two) if further else end)
    # Nothing is counted before its time: a minute earlier less had passed.
    assert found.between(start, end - MINUTE) < one
    assert found.between(end, start) == timedelta(0)


NINE_TO_SIX = [["09:00", "18:00"]]
KNOWN = {
    "Friday evening to Monday": ({"mon": NINE_TO_SIX, "fri": NINE_TO_SIX}, "2026-11-20T14:30", 60, "2026-11-23T06:30"),
    "lunch": ({"mon": [["09:00", "13:00"], ["14:00", "18:00"]]}, "2026-11-23T09:45", 30, "2026-11-23T11:15"),
    "a holiday": ({"tue": NINE_TO_SIX, "thu": NINE_TO_SIX}, "2026-11-23T12:00", 30, "2026-11-26T06:30"),
}
# The watch over the night in which the clocks of Berlin change: seven hours in spring, nine in autumn.
WATCH = {"sat": [["22:00", "06:00"]]}
NIGHTS = {"2026-03-28T21:00": (7, "2026-03-29T04:00"), "2026-10-24T20:00": (9, "2026-10-25T05:00")}


@pytest.mark.parametrize("case", KNOWN)
def test_known_deadlines(case):
    week, start, minutes, end = KNOWN[case]
    found = hours(week, holidays=["2026-11-24"])
    assert found.add(utc(start), timedelta(minutes=minutes)) == utc(end)


@pytest.mark.parametrize("start", NIGHTS)
def test_a_night_in_which_the_clocks_change(start):
    length, end = NIGHTS[start]
    assert hours(WATCH, "Europe/Berlin").add(utc(start), timedelta(hours=length)) == utc(end)


def test_hours_that_never_open_have_no_deadline_and_no_hours_none_that_waits():
    start = datetime(2026, 11, 22, tzinfo=UTC)
    assert hours({}).add(start, MINUTE) is None
    assert ALWAYS.add(start, MINUTE) == start + MINUTE
    assert ALWAYS.is_open(start)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"week": {"monday": []}}, "week"),
        ({"week": {"mon": [["9", "18:00"]]}}, "week"),
        ({"week": {"mon": [["09:00", "09:00"]]}}, "week"),
        ({"week": {"mon": [["09:00", "25:00"]]}}, "week"),
        ({"week": {"mon": ["09:00"]}}, "week"),
        ({"week": []}, "week"),
        ({"time_zone": "Moon/Base"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"holidays": ["31.12.2026"]}, "holidays"),
        ({"holidays": 7}, "holidays"),
    ],
)
def test_hours_that_make_no_sense_name_the_field(fields, field):
    values = {"week": {}, "time_zone": "UTC", "holidays": [], **fields}
    with pytest.raises(ValidationError) as refused:
        Hours.of(SimpleNamespace(**values))
    assert list(refused.value.message_dict) == [field]

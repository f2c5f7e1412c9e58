"""Office hours as people write them: a line of spans for each day."""

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.forms import ModelForm, Text, TextArea
from tickets.models import BusinessHours
from tickets.models.mailboxes import WEEKDAYS, working_week

SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})$")
MINUTES = 24 * 60


def spans_text(spans: Any) -> str:
    """`09:00–13:00, 14:00–18:00`; empty for a day off."""
    return ", ".join(f"{start}–{end}" for start, end in spans or ())


def read_spans(text: str) -> list[list[str]]:
    """The spans in order; raises ValidationError. `24:00` is the end of the day, `22:00–06:00` ends on the next."""
    found = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;]", text))):
        match = SPAN.match(part)
        numbers = [int(number) for number in match.groups()] if match else []
        if not numbers or max(numbers[1], numbers[3]) > 59:
            raise forms.ValidationError(
                _("“%(part)s” is no span of time. Write it like 09:00–18:00.") % {"part": part[:40]}
            )
        start, end = 60 * numbers[0] + numbers[1], 60 * numbers[2] + numbers[3]
        if start == end or max(start, end) > MINUTES or start == MINUTES:
            raise forms.ValidationError(_("“%(part)s” is no part of a day.") % {"part": part[:40]})
        # One that ends before it begins ends on the next day.
        found.append((start, end if end > start else end + MINUTES))
    found.sort()
    if any(first[1] > second[0] for first, second in zip(found, found[1:], strict=False)):
        raise forms.ValidationError(_("These spans overlap."))
    return [[_clock(start), _clock(end)] for start, end in found]


def _clock(minutes: int) -> str:
    of_day = minutes if minutes <= MINUTES else minutes - MINUTES
    return f"{of_day // 60:02}:{of_day % 60:02}"


def _day(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200, widget=Text)


class HoursForm(ModelForm):
    mon = _day(gettext_lazy("Monday"))
    tue = _day(gettext_lazy("Tuesday"))
    wed = _day(gettext_lazy("Wednesday"))
    thu = _day(gettext_lazy("Thursday"))
    fri = _day(gettext_lazy("Friday"))
    sat = _day(gettext_lazy("Saturday"))
    sun = _day(gettext_lazy("Sunday"))
    holiday_lines = forms.CharField(
        label=gettext_lazy("Days off"),
        required=False,
        widget=TextArea,
        help_text=gettext_lazy("One date a line, for example 2026-12-31."),
    )

    class Meta:
        model = BusinessHours
        fields = ("name", "time_zone")
        help_texts = {"time_zone": gettext_lazy("For example Europe/Moscow.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week = self.instance.week if self.instance.pk else working_week()
        for day in WEEKDAYS:
            self.initial.setdefault(day, spans_text(week.get(day)))
        self.fields["mon"].help_text = gettext_lazy(
            "For example 09:00–13:00, 14:00–18:00. Empty on days when nobody works."
        )
        self.initial.setdefault("holiday_lines", "\n".join(self.instance.holidays))

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"]).strip()
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no time zone of this name."))
        return ZoneInfo(name).key

    def clean_holiday_lines(self) -> list[str]:
        found = set()
        for line in filter(None, (line.strip() for line in self.cleaned_data["holiday_lines"].splitlines())):
            try:
                found.add(date.fromisoformat(line).isoformat())
            except ValueError as error:
                raise forms.ValidationError(_("“%(line)s” is no date.") % {"line": line[:40]}) from error
        return sorted(found)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        week = {}
        for day in WEEKDAYS:
            try:
                week[day] = read_spans(self.cleaned_data.get(day, ""))
            except forms.ValidationError as error:
                self.add_error(day, error)
        self.instance.week = {day: spans for day, spans in week.items() if spans}
        self.instance.holidays = self.cleaned_data.get("holiday_lines", self.instance.holidays)
        return cleaned

"""How values read on admin pages: people, times, money, states."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db import models
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    Column = Callable[..., Any]

    def display(**options: Any) -> Callable[[Column], Column]: ...
else:
    from unfold.decorators import display

__all__ = [
    "EMPTY",
    "ago",
    "avatar",
    "badge",
    "choice_label",
    "count",
    "display",
    "duration",
    "initials",
    "milliseconds_between",
    "money",
    "person",
]

EMPTY = "–"


def badge(text: Any, colour: str = "") -> SafeString:
    """A coloured label: info, success, warning, danger, or grey. Works in lists and in read-only fields alike."""
    return mark_safe(render_to_string("unfold/helpers/label.html", {"text": text, "type": colour}).strip())  # noqa: S308


def avatar(name: str, second_line: str = "", letters: str = "") -> SafeString:
    """A person: initials, name, and what tells people of that name apart."""
    value = (name, second_line, letters or initials(name))
    return mark_safe(render_to_string("unfold/helpers/display_header.html", {"value": value}).strip())  # noqa: S308


def choice_label(
    field: str, choices: type[models.TextChoices], colours: Mapping[Any, str], *, description: Any
) -> "Column":
    """A column that shows a choice as a coloured label; `colours` stand beside the choices."""

    @display(description=description, ordering=field)
    def column(admin: Any, row: Any) -> str | SafeString:
        value = getattr(row, field)
        return badge(choices(value).label, colours.get(choices(value), "")) if value else EMPTY

    return column


def ago(moment: datetime | None) -> str | SafeString:
    """How long ago, with the exact time on hover."""
    if moment is None:
        return EMPTY
    local = timezone.localtime(moment)
    exact = formats.date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, naturaltime(moment))


def money(amount: Decimal | None) -> str:
    """US dollars: two decimals, below a cent two significant digits."""
    if not amount:
        return _("$%(amount)s") % {"amount": "0"}
    places = 2 if amount >= Decimal("0.01") else min(8, 1 - amount.adjusted())
    return _("$%(amount)s") % {"amount": formats.number_format(amount, places, use_l10n=True, force_grouping=True)}


def count(number: int | Decimal | None) -> str:
    """A whole number with separated thousands."""
    return formats.number_format(round(number or 0), use_l10n=True, force_grouping=True)


def duration(milliseconds: int | float | None) -> str:
    """Milliseconds as people say them: 320 ms, 4.2 s, 3 min."""
    if milliseconds is None:
        return EMPTY
    if milliseconds < 1000:
        return _("%(number)s ms") % {"number": round(milliseconds)}
    seconds = milliseconds / 1000
    if seconds < 120:
        return _("%(number)s s") % {"number": formats.number_format(seconds, 1)}
    minutes = round(seconds / 60)
    return ngettext("%(number)s min", "%(number)s min", minutes) % {"number": count(minutes)}


def milliseconds_between(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start) / timedelta(milliseconds=1) if start and end else None


def initials(name: str) -> str:
    """Up to two letters that stand for a person."""
    words = [word for word in name.replace("@", " ").replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def person(user: Any) -> SafeString:
    name = user.display_name
    return avatar(name, user.email if user.email != name else "")

"""The figures of the desk, drawn: a month by day, and the same as a table."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from config.backoffice.charts import Chart, stacked_bars
from config.backoffice.display import EMPTY, count, duration
from tickets.admin.handlers import number
from tickets.admin.why import percent
from tickets.models import Mailbox
from tickets.querysets import seen_mailboxes
from tickets.statistics import Figures, by_day, figures, total

DAYS = 30


def figures_page(request: HttpRequest) -> dict[str, Any]:
    """What the template shows of the last DAYS days, of one mailbox or of all that the reader sees; three queries."""
    last = timezone.localdate()
    first = last - timedelta(days=DAYS - 1)
    mailbox = number(request.GET.get("mailbox")) or None
    rows = figures(actor=request.user, first=first, last=last, mailbox=mailbox)
    daily = by_day(rows)
    seen = seen_mailboxes(request.user)
    mailboxes = Mailbox.objects.all() if seen is None else Mailbox.objects.filter(pk__in=seen)
    return {
        "days": DAYS,
        "is_empty": not rows,
        "mailbox": mailbox,
        "mailboxes": [(row.pk, row.name) for row in mailboxes],
        "tiles": tiles(total(rows)),
        "charts": charts([first + timedelta(days=day) for day in range(DAYS)], daily),
        "lines": [(day, cells(found)) for day, found in reversed(daily.items())],
    }


def tiles(found: Figures) -> list[tuple[str, str]]:
    return [
        (_("Tickets"), count(found.counts["created"])),
        (_("Answers"), count(found.counts["answered"])),
        (_("Answered without a person"), percent(found.automatic_share) or EMPTY),
        (_("First answer, half of them within"), _seconds(found.times["first_answer_median"])),
        (_("First answer, nine of ten within"), _seconds(found.times["first_answer_p90"])),
        (_("Closed, half of them within"), _seconds(found.times["resolution_median"])),
        (_("Handed over to people"), percent(found.share_decided("escalated")) or EMPTY),
        (_("Drafts edited or rejected"), percent(found.edit_rate) or EMPTY),
        (_("Resolutions verified"), count(found.counts["verified"])),
        (_("Rating"), EMPTY if found.rating is None else f"{found.rating:.1f}"),
    ]


def charts(days: list[date], daily: dict[date, Figures]) -> list[tuple[str, str, Chart]]:
    """(heading, name, chart); the colours of a chart follow the order of its parts."""
    answers, decisions = (_("by people"), _("by AI")), (_("answer"), _("ask"), _("hand over"))
    names = ("full_answer", "need_more_info", "escalated")
    wrote: dict[tuple[date, str], int] = {}
    decided: dict[tuple[date, str], int] = {}
    for day, found in daily.items():
        wrote[(day, answers[0])] = found.counts["answered"] - found.counts["automatic"]
        wrote[(day, answers[1])] = found.counts["automatic"]
        for label, name in zip(decisions, names, strict=True):
            decided[(day, label)] = found.counts[name]
    created = {(day, _("Tickets")): found.counts["created"] for day, found in daily.items()}
    return [
        (_("Tickets by day"), "created", stacked_bars(days, created, order=[_("Tickets")])),
        (_("Answers by day"), "answers", stacked_bars(days, wrote, order=answers)),
        (_("Decisions by day"), "decisions", stacked_bars(days, decided, order=decisions)),
    ]


def cells(found: Figures) -> list[str]:
    return [
        count(found.counts["created"]),
        count(found.counts["answered"]),
        percent(found.automatic_share) or EMPTY,
        _seconds(found.times["first_answer_median"]),
        _seconds(found.times["resolution_median"]),
        EMPTY if found.rating is None else f"{found.rating:.1f}",
    ]


def _seconds(value: int | None) -> str:
    return duration(None if value is None else 1000 * value)

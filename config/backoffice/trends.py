"""Figures of today on the landing page, each with the line of its last fortnight."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from config.backoffice.charts import Sparkline

DAYS = 14


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure of today and its last fortnight."""

    title: str
    value: str
    line: Sparkline
    url: str
    hint: str = ""


def fortnight() -> list[date]:
    """The last DAYS days in the reader's time zone, today at the end."""
    today = timezone.localdate()
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]

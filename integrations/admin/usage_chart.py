"""Tokens and cost per day and model, as charts and as a table."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from config.backoffice.charts import COLOURS, Chart, stacked_bars
from config.backoffice.filters import day_start
from integrations.models import UsageRecord

DAYS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One day of one model."""

    day: date
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    tokens: Chart
    cost: Chart
    rows: list[Row]
    days: int = DAYS


def usage_by_day() -> Usage:
    """The last DAYS days in one query. Models beyond the COLOURS most used ones share one colour."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    records = UsageRecord.objects.ended().filter(created_at__gte=day_start(days[0])).per_day_and_model()
    rows = [_row(record) for record in records]
    names = _order(rows)
    tokens: dict[tuple[date, str], int] = defaultdict(int)
    cost: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        series = row.model if row.model in names else _("Others")
        tokens[row.day, series] += row.tokens_in + row.tokens_out
        cost[row.day, series] += row.spent
    order = [*names, _("Others")] if any(row.model not in names for row in rows) else names
    return Usage(
        tokens=stacked_bars(days, tokens, order=order), cost=stacked_bars(days, cost, order=order), rows=rows[::-1]
    )


def _row(record: Any) -> Row:
    return Row(
        record["day"], record["model_key"], record["calls"], record["tokens_in"], record["tokens_out"], record["spent"]
    )


def _order(rows: list[Row]) -> list[str]:
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        totals[row.model] += row.tokens_in + row.tokens_out
    return sorted(totals, key=lambda name: (-totals[name], name))[:COLOURS]

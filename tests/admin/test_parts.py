"""How values, charts and Markdown come out."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from config.backoffice.charts import sparkline, stacked_bars
from config.backoffice.display import count, duration, initials, money
from config.backoffice.markdown import render_markdown

DANGER = re.compile(r"script|<img|javascript:|data:|vbscript:|\son\w+=")


@pytest.mark.parametrize(
    ("amount", "english", "russian"),
    [
        (None, "$0", "0\xa0$"),
        (Decimal("0.0042"), "$0.0042", "0,0042\xa0$"),
        (Decimal("0.00000012"), "$0.00000012", "0,00000012\xa0$"),
        (Decimal("0.014"), "$0.01", "0,01\xa0$"),
        (Decimal("12345.6"), "$12,345.60", "12\xa0345,60\xa0$"),
    ],
)
def test_money(amount: Decimal | None, english: str, russian: str) -> None:
    assert money(amount) == english
    with translation.override("ru"):
        assert money(amount) == russian


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, "–"), (0, "0 ms"), (999, "999 ms"), (1500, "1.5 s"), (119_000, "119.0 s"), (180_000, "3 min")],
)
def test_durations(milliseconds: int | None, text: str) -> None:
    assert duration(milliseconds) == text


def test_counts_have_separated_thousands() -> None:
    assert count(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Alice Liddell", "AL"), ("bob", "B"), ("дана иванова", "ДИ"), ("a.b@c", "AB"), ("—", "?"), ("", "?")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_sparkline_is_broken_where_nothing_is_known() -> None:
    line = sparkline([1, 2, None, 4, 4])
    assert [len(path.split()) for path in line.paths] == [2, 2]
    assert line.last is not None
    assert sparkline([None, None]).last is None


def test_a_flat_line_of_nothing_lies_at_the_bottom() -> None:
    ys = {point.split(",")[1] for point in sparkline([0, 0, 0]).paths[0].split()}
    assert ys == {"25"} or ys == {"25.0"}


def test_bars_stand_on_each_other_and_fill_the_height() -> None:
    today = date(2026, 3, 1)
    days = [today - timedelta(days=1), today]
    chart = stacked_bars(days, {(today, "a"): 30, (today, "b"): 10, (days[0], "a"): 20}, order=["a", "b"])
    low, high = chart.bars[1].parts
    assert high.y == 0.0
    assert low.y == pytest.approx(high.height)
    assert low.y + low.height == pytest.approx(chart.height)
    assert chart.bars[0].parts[0].height == pytest.approx(chart.height / 2)
    assert chart.legend == [("a", 0, 50), ("b", 1, 10)]


def test_an_empty_chart_has_no_grid() -> None:
    chart = stacked_bars([date(2026, 3, 1)], {}, order=[])
    assert (chart.grid, chart.total) == ([], 0)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](http://evil.example/p.png)",
        "<img src=x onerror=alert(1)>",
        "[x](vbscript:x 'onclick=alert(1)')",
    ],
)
def test_markdown_is_harmless(text: str) -> None:
    html = render_markdown(text)
    tags = re.findall(r"<[^>]+>", html)
    assert not [tag for tag in tags if DANGER.search(tag)]


def test_markdown_keeps_what_readers_need() -> None:
    html = render_markdown("# A\n\n| n |\n|--:|\n| 1 |\n\n```python\nx\n```\n\n[g](/guide/x#y) ~~old~~")
    for piece in ("<h3>A</h3>", "align-right", "language-python", 'href="/guide/x#y"', "<s>old</s>"):
        assert piece in html

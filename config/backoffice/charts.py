"""Charts as geometry: templates draw them as SVG, so that no page waits for a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Number = int | float | Decimal

SPARK_WIDTH, SPARK_HEIGHT, SPARK_INSET = 140, 28, 3
CHART_WIDTH, CHART_HEIGHT = 960, 220
LABEL_ROOM = 36
COLOURS = 7
GAP = 0.24


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line through the days that have a value; `paths` are polylines, `last` is the dot of the newest day."""

    paths: list[str]
    last: tuple[float, float] | None
    width: int = SPARK_WIDTH
    height: int = SPARK_HEIGHT


def sparkline(values: Sequence[Number | None]) -> Sparkline:
    """None is a day without a value: the line is broken there, not drawn through zero."""
    known = [float(value) for value in values if value is not None]
    highest = max(known, default=0.0)
    step = (SPARK_WIDTH - 2 * SPARK_INSET) / max(1, len(values) - 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        share = float(value) / highest if highest else 0.0
        height = SPARK_HEIGHT - SPARK_INSET - share * (SPARK_HEIGHT - 2 * SPARK_INSET)
        runs[-1].append((round(SPARK_INSET + index * step, 1), round(height, 1)))
    paths = [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
    last = runs[-1][-1] if runs[-1] else None
    return Sparkline(paths, last)


@dataclass(frozen=True, slots=True)
class Part:
    """One model's share of a day's bar."""

    series: str
    colour: int
    value: Number
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    x: float
    width: float
    total: Number
    labelled: bool
    parts: list[Part] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars; `grid` holds (y, value) of the horizontal lines, `legend` (series, colour, total)."""

    bars: list[Bar]
    legend: list[tuple[str, int, Number]]
    grid: list[tuple[float, Number]]
    total: Number
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT

    @property
    def view_box(self) -> str:
        """With room for the labels above the highest bar and below the days, also in a phone's larger type."""
        return f"0 -{LABEL_ROOM} {self.width} {self.height + 2 * LABEL_ROOM}"


def stacked_bars(days: Sequence[date], values: Mapping[tuple[date, str], Any], *, order: Sequence[str]) -> Chart:
    """`values` by (day, series); `order` names the series from the bottom up, colours follow it."""
    totals = {day: sum((values.get((day, name), 0) for name in order), start=0) for day in days}
    highest = max(totals.values(), default=0)
    colours = {name: min(index, COLOURS) for index, name in enumerate(order)}
    step = CHART_WIDTH / max(1, len(days))
    bars = [
        Bar(
            day=day,
            x=round(index * step + step * GAP / 2, 1),
            width=round(step * (1 - GAP), 1),
            total=totals[day],
            labelled=(len(days) - 1 - index) % 5 == 0,
            parts=_parts(day, values, colours, highest),
        )
        for index, day in enumerate(days)
    ]
    legend = [(name, colours[name], sum((values.get((day, name), 0) for day in days), start=0)) for name in order]
    grid = (
        [(round(CHART_HEIGHT * (1 - share), 1), highest * Decimal(str(share))) for share in (0.5, 1.0)]
        if highest
        else []
    )
    return Chart(bars, legend, grid, sum(totals.values(), start=0))


def _parts(
    day: date, values: Mapping[tuple[date, str], Any], colours: Mapping[str, int], highest: Number
) -> list[Part]:
    parts: list[Part] = []
    top = float(CHART_HEIGHT)
    for name, colour in colours.items():
        value = values.get((day, name), 0)
        if not value or not highest:
            continue
        height = float(value) / float(highest) * CHART_HEIGHT
        top -= height
        parts.append(Part(name, colour, value, round(top, 2), round(height, 2)))
    return parts


LINE_WIDTH, LINE_HEIGHT, LINE_INSET = 280, 96, 6


@dataclass(frozen=True, slots=True)
class Measured:
    """A share (0..1) with the bounds of its interval; `group` is what several points have in common."""

    label: str
    value: float
    low: float
    high: float
    group: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    top: float
    bottom: float
    label: str


@dataclass(frozen=True, slots=True)
class ShareLine:
    """Shares over time on a scale from 0 to 1: a line, a bar of uncertainty at each dot, a mark where groups begin."""

    line: str
    dots: list[Dot]
    marks: list[tuple[float, str]]
    width: int = LINE_WIDTH
    height: int = LINE_HEIGHT


def share_line(points: Sequence[Measured]) -> ShareLine:
    step = (LINE_WIDTH - 2 * LINE_INSET) / max(1, len(points) - 1)

    def place(share: float) -> float:
        return round(LINE_HEIGHT - LINE_INSET - share * (LINE_HEIGHT - 2 * LINE_INSET), 1)

    xs = [round(LINE_INSET + number * step, 1) for number in range(len(points))]
    dots = [
        Dot(x, place(point.value), place(point.high), place(point.low), point.label)
        for x, point in zip(xs, points, strict=True)
    ]
    former = ["", *(point.group for point in points)]
    marks = [(x, point.group) for x, point, last in zip(xs, points, former, strict=False) if point.group != last]
    return ShareLine(" ".join(f"{dot.x},{dot.y}" for dot in dots), dots, marks)

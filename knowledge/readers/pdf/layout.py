"""The reading order of a page: its columns one after the other, its tables row by row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from knowledge.readers.pdf.segments import Segment

# A column has lines, and its lines have words: what is shorter is a table.
FEWEST_LINES = 3
SHORTEST_LINE = 14
# The share of lines that may reach over the gap between two columns: titles, wide pictures' captions.
MOST_CROSSING = 0.4
# A left edge is a column's when lines share it, within so many points.
EDGE_STEP = 4.0
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Row:
    """What stands on one line, from left to right."""

    segments: list[Segment]

    @property
    def left(self) -> float:
        return self.segments[0].left

    @property
    def right(self) -> float:
        return max(part.right for part in self.segments)

    @property
    def top(self) -> float:
        return min(part.top for part in self.segments)

    @property
    def bottom(self) -> float:
        return max(part.bottom for part in self.segments)

    @property
    def size(self) -> float:
        return max(part.size for part in self.segments)

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.segments)


@dataclass(frozen=True, slots=True)
class Column:
    """Lines below each other."""

    rows: list[Row]


def columns_of(segments: list[Segment], depth: int = 0) -> list[Column]:
    """The columns of a page, or of a part of it, in the order in which they are read."""
    gap = _gap(segments) if depth < DEEPEST else None
    if gap is None:
        return [Column(_rows(segments))] if segments else []
    found: list[Column] = []
    for left, right in _bands(segments, gap):
        if right and _is_prose(left) and _is_prose(right):
            found += columns_of(left, depth + 1) + columns_of(right, depth + 1)
        else:
            found.append(Column(_rows(left + right)))
    return list(_joined(found)) if depth == 0 else found


def _gap(segments: list[Segment]) -> float | None:
    """Where the page parts into two columns: the left edge of the right one, the one that fewest lines cross."""
    edges = Counter(round(part.left / EDGE_STEP) for part in segments)
    candidates = [edge * EDGE_STEP - EDGE_STEP for edge, count in edges.most_common(20) if count >= FEWEST_LINES]
    crossing = {gap: share for gap in candidates if (share := _crossing_share(segments, gap)) <= MOST_CROSSING}
    return min(crossing, key=lambda gap: (crossing[gap], gap), default=None)


def _crossing_share(segments: list[Segment], gap: float) -> float:
    left = [part for part in segments if part.right <= gap]
    right = [part for part in segments if part.left >= gap]
    if not _is_prose(left) or not _is_prose(right):
        return 1.0
    return 1 - (len(left) + len(right)) / len(segments)


def _is_prose(segments: list[Segment]) -> bool:
    return len(segments) >= FEWEST_LINES and median(len(part.text) for part in segments) >= SHORTEST_LINE


def _bands(segments: list[Segment], gap: float) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """What stands left and right of the gap, from one line across it to the next; such lines are bands of their own."""
    left: list[Segment] = []
    right: list[Segment] = []
    for part in sorted(segments, key=lambda part: part.middle):
        if part.left < gap < part.right:
            yield from [(left, right)] if left or right else []
            yield [part], []
            left, right = [], []
        else:
            (left if part.right <= gap else right).append(part)
    if left or right:
        yield left, right


def _joined(columns: list[Column]) -> Iterator[Column]:
    """Bands that are no columns belong together when one follows the other: lines of one wide paragraph."""
    last: Column | None = None
    for column in columns:
        if last and _is_below(last, column):
            last = Column([*last.rows, *column.rows])
            continue
        if last:
            yield last
        last = column
    if last:
        yield last


def _is_below(upper: Column, lower: Column) -> bool:
    """Whether the lower rows go on right below the upper ones, at the same left edge."""
    end, start = upper.rows[-1], lower.rows[0]
    return 0 <= start.top - end.bottom + end.size < 2 * end.size and abs(_left(upper) - _left(lower)) < end.size


def _left(column: Column) -> float:
    return min(row.left for row in column.rows)


def _rows(segments: list[Segment]) -> list[Row]:
    """The lines from top to bottom."""
    rows: list[list[Segment]] = []
    for part in sorted(segments, key=lambda part: (part.middle, part.left)):
        if rows and abs(rows[-1][0].middle - part.middle) < min(rows[-1][0].size, part.size) / 2:
            rows[-1].append(part)
        else:
            rows.append([part])
    return [Row(sorted(row, key=lambda part: part.left)) for row in rows]

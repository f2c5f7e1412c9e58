"""Tables of a PDF: lines in a row whose parts stand below each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from knowledge.readers import escaping
from knowledge.readers.pdf.layout import Column, Row, is_displaced

FEWEST_ROWS = 2
# In heights of a line: the rows of one table are not farther apart.
WIDEST_STEP = 3.5
# The space above and below the words of a cell.
PADDING = 0.3
# Gaps between the words of one line differ by no more than this factor, or are all narrow.
ALIKE = 1.3
NARROW_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Grid:
    """A table and the page on which it stands."""

    page: int
    markdown: str


def parts_of(column: Column, page: int) -> Iterator[Column | Grid]:
    """The column's lines, and the tables between them."""
    lines: list[Row] = []
    for group in _groups(column):
        grid = _grid(group, page) if len(group) >= FEWEST_ROWS else None
        if grid is None:
            lines += group
            continue
        if lines:
            yield Column(lines)
        yield grid
        lines = []
    if lines:
        yield Column(lines)


def _groups(column: Column) -> Iterator[list[Row]]:
    """Rows of several cells that follow each other, and all other rows one by one."""
    left, right = min(row.left for row in column.rows), max(row.right for row in column.rows)
    group: list[Row] = []
    for row in _merged(column.rows):
        has_cells = len(row.segments) > 1 and not _is_justified(row, left, right)
        if group and not (has_cells and _is_near(group[-1], row)):
            yield group
            group = []
        group.append(row)
        if not has_cells:
            yield group
            group = []
    if group:
        yield group


def _merged(rows: list[Row]) -> Iterator[Row]:
    """Rows that stand beside each other, halfway displaced, are one: a cell of one line next to one of two."""
    merged: Row | None = None
    last: Row | None = None
    for row in rows:
        if merged and last and is_displaced(last, row):
            merged = Row(sorted([*merged.segments, *row.segments], key=lambda part: part.left))
        else:
            yield from [merged] if merged else []
            merged = row
        last = row
    yield from [merged] if merged else []


def _is_justified(row: Row, left: float, right: float) -> bool:
    """A line of words spread over the width of its column: all its gaps are alike."""
    gaps = [after.left - before.right for before, after in pairwise(row.segments)]
    is_wide = row.left - left < row.size and right - row.right < row.size
    are_alike = max(gaps) < ALIKE * min(gaps) and not any(" " in part.text for part in row.segments)
    return is_wide and (are_alike or max(gaps) < NARROW_GAP * row.size)


def _is_near(upper: Row, lower: Row) -> bool:
    return lower.top - upper.bottom < WIDEST_STEP * upper.size


def _grid(rows: list[Row], page: int) -> Grid | None:
    """The table, if the parts of the rows stand in as many columns as the longest row has parts."""
    columns = _columns(rows)
    if len(columns) < 2 or len(columns) > max(len(row.segments) for row in rows):
        return None
    return Grid(page, escaping.table([_cells(row, columns) for row in _whole(rows, len(columns))]))


def _whole(rows: list[Row], width: int) -> list[Row]:
    """The rows of a table, with further lines of their cells put to them: these stand closer than rows do."""
    gaps = [(lower.top - upper.bottom) / upper.size for upper, lower in pairwise(rows)]
    # The space below the head says nothing about the other rows.
    limit = max(gaps[1:], default=0.0) - PADDING
    whole = [rows[0]]
    for gap, row in zip(gaps, rows[1:], strict=True):
        if gap < limit and len(row.segments) < width:
            whole[-1] = Row([*whole[-1].segments, *row.segments])
        else:
            whole.append(row)
    return whole


def _columns(rows: list[Row]) -> list[tuple[float, float]]:
    """The spans from left to right that the parts of all rows cover."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((part.left, part.right) for row in rows for part in row.segments):
        if columns and left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _cells(row: Row, columns: list[tuple[float, float]]) -> list[str]:
    parts = sorted(row.segments, key=lambda part: (part.middle, part.left))
    found = [[part.text for part in parts if left <= part.left <= right] for left, right in columns]
    return [escaping.inline(" ".join(cell)) for cell in found]

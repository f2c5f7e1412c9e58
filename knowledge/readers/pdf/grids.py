"""Tables of a PDF: lines in a row whose parts stand below each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.readers import escaping
from knowledge.readers.pdf.layout import Column, Row

FEWEST_ROWS = 2
# In heights of a line: the rows of one table are not farther apart.
WIDEST_STEP = 3.5


@dataclass(frozen=True, slots=True)
class Grid:
    """A table and the page on which it stands."""

    page: int
    markdown: str


def parts_of(column: Column, page: int) -> Iterator[Column | Grid]:
    """The column's lines, and the tables between them."""
    lines: list[Row] = []
    for group in _groups(column.rows):
        grid = _grid(group, page) if len(group[0].segments) > 1 else None
        if grid is None:
            lines += group
            continue
        if lines:
            yield Column(lines)
        yield grid
        lines = []
    if lines:
        yield Column(lines)


def _groups(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows of several parts that follow each other, and all other rows one by one."""
    group: list[Row] = []
    for row in rows:
        if group and not (len(row.segments) > 1 and _is_near(group[-1], row)):
            yield group
            group = []
        group.append(row)
        if len(row.segments) == 1:
            yield group
            group = []
    if group:
        yield group


def _is_near(upper: Row, lower: Row) -> bool:
    return lower.top - upper.bottom < WIDEST_STEP * upper.size


def _grid(rows: list[Row], page: int) -> Grid | None:
    """The table, if the parts of the rows stand in as many columns as the longest row has parts."""
    columns = _columns(rows)
    if len(rows) < FEWEST_ROWS or len(columns) != max(len(row.segments) for row in rows):
        return None
    return Grid(page, escaping.table([_cells(row, columns) for row in rows]))


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
    found = [[part.text for part in row.segments if left <= part.left <= right] for left, right in columns]
    return [escaping.inline(" ".join(parts)) for parts in found]

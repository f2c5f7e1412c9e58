"""The cells of a table on a grid: merged ones are resolved."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

MOST_COLUMNS = 200
MOST_CELLS = 500_000
MOST_HEAD_ROWS = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells: a cell over several rows stands in each of them, one over several columns in its first, and in all
    of them within the head; `head` is the number of rows that name the columns."""

    rows: list[list[Element | None]]
    head: int

    def named(self, rows: list[list[str]]) -> list[list[str]]:
        """The texts of the rows with one row of names on top."""
        if self.head < 2:
            return rows if self.head else [[""] * max(map(len, rows)), *rows]
        width = max(map(len, rows))
        names = [
            _distinct(row[index] if index < len(row) else "" for row in rows[: self.head]) for index in range(width)
        ]
        return [names, *rows[self.head :]]


def grid_of(table: Element) -> Grid | None:
    """The grid; None for a table that is no table: one within which others stand, or with a single column."""
    is_layout = table.get("role") in {"presentation", "none"} or next(table.iterdescendants("table"), None) is not None
    rows = [] if is_layout else list(table.iter("tr"))
    head = _head(rows)
    placed = _placed(rows, head)
    return Grid(placed, head) if max(map(len, placed), default=0) > 1 else None


def _head(rows: list[Element]) -> int:
    """The rows at the top that hold names: those of a thead, or of th alone; the first row of a table without any."""
    count = 0
    for row in rows:
        parent = row.getparent()
        cells = list(_cells(row))
        if not (parent is not None and parent.tag == "thead" or cells and all(cell.tag == "th" for cell in cells)):
            break
        count += 1
    if count:
        return count
    return _plain_head(list(_cells(rows[0]))) if rows else 0


def _plain_head(first: list[Element]) -> int:
    """The rows that name the columns, by the first row alone: names down the left side are values of no column."""
    if first and first[0].tag == "th":
        return 0
    # Names over groups of columns, next to names that reach down beside them.
    heights = [_span(cell, "rowspan") for cell in first]
    is_grouped = len(first) > 1 and max(_span(cell, "colspan") for cell in first) > 1
    return max(heights) if is_grouped and max(heights) <= MOST_HEAD_ROWS else 1


def _cells(row: Element) -> Iterator[Element]:
    yield from row.iterchildren("td", "th")


def _placed(rows: list[Element], head: int) -> list[list[Element | None]]:
    placed: list[list[Element | None]] = []
    # Column: the cell that reaches down into the rows below, and into how many.
    open_cells: dict[int, tuple[Element | None, int]] = {}
    room = MOST_CELLS
    for number, row in enumerate(rows):
        line, open_cells = _row(row, open_cells, is_head=number < head)
        room -= len(line)
        if room < 0:
            break
        placed.append(line)
    return placed


def _row(
    row: Element, above: dict[int, tuple[Element | None, int]], *, is_head: bool
) -> tuple[list[Element | None], dict[int, tuple[Element | None, int]]]:
    line: list[Element | None] = []
    below = {column: (cell, rows - 1) for column, (cell, rows) in above.items() if rows > 1}
    for cell in _cells(row):
        while len(line) in above:
            line.append(above[len(line)][0])
        for offset in range(_span(cell, "colspan")):
            shown = cell if offset == 0 or is_head else None
            if (rows := _span(cell, "rowspan")) > 1:
                below[len(line)] = (shown, rows - 1)
            line.append(shown)
    while len(line) in above:
        line.append(above[len(line)][0])
    return line, below


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    limit = MOST_COLUMNS if name == "colspan" else 10_000
    return min(max(int(value), 1), limit) if value.isascii() and value.isdigit() and len(value) < 9 else 1


def _distinct(names: Iterator[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, names)))

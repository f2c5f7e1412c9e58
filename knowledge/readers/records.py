"""The rows of a CSV text, one at a time, whatever their quotes."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator

from knowledge.readers.reading import ReadingError

DELIMITERS = ",;\t|"
# A quoted cell over more lines than this is a stray quote.
MOST_LINES_OF_A_CELL = 500
MOST_COLUMNS = 1_000
LONGEST_LINE = 10_000_000
SAMPLE_ROWS = 100
# For the whole process: nothing else in it reads CSV, and the default would refuse long answers.
csv.field_size_limit(LONGEST_LINE)
QUOTED = re.compile(r'"(?:[^"]|"")*"')

type Row = list[str]


def delimiter_of(lines: list[str]) -> str:
    """The delimiter that parts the most rows of a sample into the same number of cells."""
    text = QUOTED.sub("", "\n".join(lines[:SAMPLE_ROWS]))
    rows = [line for line in text.split("\n") if line.strip()]
    return max(DELIMITERS, key=lambda delimiter: _regularity([row.count(delimiter) for row in rows]))


def _regularity(counts: list[int]) -> tuple[float, int]:
    """The share of rows with as many delimiters as the first has, then how many these are."""
    if not counts or not counts[0]:
        return 0.0, 0
    return sum(count == counts[0] for count in counts) / len(counts), counts[0]


def records(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """The rows that hold anything, with their cells stripped."""
    source = _Lines(lines)
    while (line := source.next()) is not None:
        row = [cell.strip() for cell in _record(line, source, delimiter)]
        if any(row):
            yield row


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._put_back: deque[str] = deque()

    def next(self) -> str | None:
        line = self._put_back.popleft() if self._put_back else next(self._lines, None)
        if line is not None and len(line) > LONGEST_LINE:
            raise ReadingError("too_big")
        return line

    def put_back(self, lines: list[str]) -> None:
        self._put_back.extendleft(reversed(lines))


def _record(line: str, source: _Lines, delimiter: str) -> Row:
    if line.count(delimiter) > MOST_COLUMNS:
        raise ReadingError("too_big")
    if '"' not in line:
        return line.split(delimiter)
    return _closed(line, source, delimiter) or line.replace('"', "").split(delimiter)


def _closed(line: str, source: _Lines, delimiter: str) -> Row | None:
    """The row with its quoted cells, over as many lines as they need; None when a quote is never closed."""
    lines = [line]
    row = _parsed(lines, delimiter)
    while row is None and len(lines) < MOST_LINES_OF_A_CELL and (following := source.next()) is not None:
        lines.append(following)
        if '"' in following:
            row = _parsed(lines, delimiter)
    if row is None:
        source.put_back(lines[1:])
    return row


def _parsed(lines: list[str], delimiter: str) -> Row | None:
    """The one row of these lines; None when they end inside quotes."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return None if "unexpected end" in str(error) else _lenient(lines, delimiter)
    return rows[0] if rows else []


def _lenient(lines: list[str], delimiter: str) -> Row | None:
    """The row of lines whose quotes break the rules: words after a closing quote belong to the cell."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None

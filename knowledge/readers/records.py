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
SAMPLE_TEXT = 1_000_000
# A cell is closed by its first odd line; a row that is tried more often, or a file with so many such rows, has quotes
# that mean nothing, and looking for their ends would take hours.
MOST_TRIES = 5
MOST_STRAY_QUOTES = 1_000
# For the whole process: nothing else in it reads CSV, and the default would refuse long answers.
csv.field_size_limit(LONGEST_LINE)
QUOTED = re.compile(r'"(?:[^"]|"")*"')

type Row = list[str]


def delimiter_of(lines: list[str]) -> str:
    """The delimiter that parts the most rows of a sample into the same number of cells."""
    text = QUOTED.sub("", "\n".join(lines[:SAMPLE_ROWS])[:SAMPLE_TEXT])
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
        self.stray_quotes = 0

    def next(self) -> str | None:
        line = self._put_back.popleft() if self._put_back else next(self._lines, None)
        if line is not None and len(line) > LONGEST_LINE:
            raise ReadingError("too_big")
        return line

    def put_back(self, lines: list[str]) -> None:
        self._put_back.extendleft(reversed(lines))
        self.stray_quotes += 1


def _record(line: str, source: _Lines, delimiter: str) -> Row:
    if line.count(delimiter) > MOST_COLUMNS:
        raise ReadingError("too_big")
    if '"' not in line:
        return line.split(delimiter)
    row = _parsed([line], delimiter) or _closed(line, source, delimiter)
    return row or line.replace('"', "").split(delimiter)


def _closed(line: str, source: _Lines, delimiter: str) -> Row | None:
    """The row with a quoted cell that goes on over further lines; None when its quote is never closed."""
    lines = [line]
    row, tries = None, 0
    most = MOST_LINES_OF_A_CELL if source.stray_quotes < MOST_STRAY_QUOTES else 1
    while row is None and tries < MOST_TRIES and len(lines) < most and (following := source.next()) is not None:
        lines.append(following)
        if following.count('"') % 2:
            row = _parsed(lines, delimiter)
            tries += 1
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

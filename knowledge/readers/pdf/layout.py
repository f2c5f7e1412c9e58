"""The reading order of a page: its columns one after the other, its tables row by row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.readers.pdf.segments import Segment

# A column has lines, and its lines have words: what is shorter is a table.
FEWEST_LINES = 3
SHORTEST_LINE = 14
PROSE_SHARE = 0.6
FEWEST_TABLE_ROWS = 2
# The share of lines that may reach over the gap between two columns: titles, wide pictures' captions.
MOST_CROSSING = 0.4
# A left edge is a column's when lines share it, within so many points.
EDGE_STEP = 4.0
# Rows beside each other overlap by this part of their height.
OVERLAP = 0.2
# In heights of a line: narrower gaps are those between letters, and between words.
LETTER_GAP = 0.12
WORD_GAP = 0.5
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
    for band in _bands(segments, gap):
        if band.is_whole(gap):
            found.append(Column(band.rows))
        else:
            found += [column for side in _sides(band.segments, gap) for column in columns_of(side, depth + 1)]
    return found


def _gap(segments: list[Segment]) -> float | None:
    """Where the page parts into two columns: the left edge of the right one, the one that fewest lines cross."""
    edges = Counter(round(part.left / EDGE_STEP) for part in segments)
    candidates = [edge * EDGE_STEP - EDGE_STEP for edge, count in edges.most_common(20) if count >= FEWEST_LINES]
    crossing = {gap: share for gap in candidates if (share := _crossing_share(segments, gap)) <= MOST_CROSSING}
    return min(crossing, key=lambda gap: (crossing[gap], gap), default=None)


def _crossing_share(segments: list[Segment], gap: float) -> float:
    left, right = _sides(segments, gap)
    if not _is_prose(left) or not _is_prose(right):
        return 1.0
    return 1 - (len(left) + len(right)) / len(segments)


def _sides(segments: list[Segment], gap: float) -> tuple[list[Segment], list[Segment]]:
    return [part for part in segments if part.right <= gap], [part for part in segments if part.left >= gap]


def _is_prose(segments: list[Segment]) -> bool:
    rows = _rows(segments)
    return len(rows) >= FEWEST_LINES and _long_share(rows) >= PROSE_SHARE


def _long_share(rows: list[Row]) -> float:
    """How much of the text stands in runs of several words."""
    lengths = [len(part.text) for row in rows for part in row.segments]
    return sum(length for length in lengths if length >= SHORTEST_LINE) / sum(lengths)


@dataclass(frozen=True, slots=True)
class Band:
    """Lines of the page from edge to edge."""

    rows: list[Row]

    @property
    def segments(self) -> list[Segment]:
        return [part for row in self.rows for part in row.segments]

    def is_whole(self, gap: float) -> bool:
        """Whether it is read from edge to edge: it reaches over the gap, or is a table."""
        return any(_crosses(row, gap) for row in self.rows) or self._is_table(gap)

    def _is_table(self, gap: float) -> bool:
        """Whether rows of short cells stand on both sides of the gap."""
        left, right = (_rows(side) for side in _sides(self.segments, gap))
        # Two short runs beside each other may be the headings of two columns, three are the cells of a row.
        has_cells = len(self.segments) > 2 if len(self.rows) == 1 else min(len(left), len(right)) >= FEWEST_TABLE_ROWS
        if not has_cells or not left or not right:
            return False
        return min(_long_share(left), _long_share(right)) < PROSE_SHARE


def _crosses(row: Row, gap: float) -> bool:
    return any(part.left < gap < part.right for part in row.segments)


def _bands(segments: list[Segment], gap: float) -> list[Band]:
    """The parts of the page from top to bottom: what is read from edge to edge, and the columns between."""
    bands: list[Band] = []
    for band in map(Band, _strips(_rows(segments), gap)):
        if bands and bands[-1].is_whole(gap) == band.is_whole(gap):
            band = Band([*bands.pop().rows, *band.rows])
        bands.append(band)
    return bands


def _strips(rows: list[Row], gap: float) -> Iterator[list[Row]]:
    """Rows between white stripes from edge to edge; rows across the gap are strips with what stands beside them."""
    strip: list[Row] = []
    for row in rows:
        is_beside = bool(strip) and is_displaced(strip[-1], row)
        is_across = _crosses(row, gap)
        if strip and not is_beside and (is_across or _crosses(strip[-1], gap) or _is_apart(strip, row)):
            yield strip
            strip = []
        elif is_across and len(strip) > 1:
            yield strip[:-1]
            strip = strip[-1:]
        strip.append(row)
    if strip:
        yield strip


def _is_apart(strip: list[Row], row: Row) -> bool:
    return row.top >= max(other.bottom for other in strip[-2:])


def is_displaced(upper: Row, lower: Row) -> bool:
    """Whether two rows stand beside each other, half a line apart: a cell of one line next to one of two."""
    if lower.top > upper.bottom - OVERLAP * upper.size:
        return False
    return not any(
        part.left < other.right and other.left < part.right for part in lower.segments for other in upper.segments
    )


def _rows(segments: list[Segment]) -> list[Row]:
    """The lines from top to bottom."""
    rows: list[list[Segment]] = []
    for part in sorted(segments, key=lambda part: (part.middle, part.left)):
        if rows and abs(rows[-1][0].middle - part.middle) < min(rows[-1][0].size, part.size) / 2:
            rows[-1].append(part)
        else:
            rows.append([part])
    return [Row(list(_unbroken(sorted(row, key=lambda part: part.left)))) for row in rows]


def _unbroken(segments: list[Segment]) -> Iterator[Segment]:
    """Runs without a gap between them are one: raised digits and changes of the font part them in the file."""
    last: Segment | None = None
    for part in segments:
        gap = part.left - last.right if last else WORD_GAP * part.size
        if last and gap < WORD_GAP * part.size:
            space = " " if gap > LETTER_GAP * part.size else ""
            last = Segment(
                f"{last.text}{space}{part.text}",
                last.left,
                max(last.right, part.right),
                min(last.top, part.top),
                max(last.bottom, part.bottom),
                max(last.size, part.size),
            )
            continue
        yield from [last] if last else []
        last = part
    yield from [last] if last else []

"""Lines put together to paragraphs, lists and headings."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from knowledge.readers import escaping
from knowledge.readers.pdf.grids import Grid
from knowledge.readers.pdf.hyphens import joined
from knowledge.readers.pdf.layout import Column, Row

# Where a page begins within a paragraph.
PAGE = "\f"
BULLET = re.compile(r"[•●▪■◦‣⁃∙·\uf0b7\uf0a7\uf0d8–—*-]\s+(?=\S)")
NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,3}(?:\.\d{1,3})+|[a-zа-я]\))\s+(?=\S)", re.I)
SENTENCE_END = (".", "!", "?", ":", ";", "…", ".»", ".”", '."', ".)", "!»", "?»")
# In steps from line to line: a longer one begins a paragraph.
PARAGRAPH_STEP = 1.25
# In sizes of the line's characters.
INDENT = 0.5
WIDEST_STEP = 1.6
# A line that leaves this share of the column empty is the last of its paragraph.
SHORT_LINE = 0.35
SAME_SIZE = 0.08
HEADING_SIZE = 1.15
LONGEST_HEADING = 200
MOST_LEVELS = 4


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; `page` is that of the first."""

    page: int
    size: float
    text: str
    last: Row
    pages: list[int] = field(default_factory=list)

    @property
    def is_item(self) -> bool:
        return bool(BULLET.match(self.text) or NUMBER.match(self.text))


@dataclass(frozen=True, slots=True)
class Edges:
    """How far the lines of a column reach, and how far apart they usually stand."""

    left: float
    right: float
    step: float


def body_size(rows: Iterable[tuple[float, str]]) -> float:
    """The size of most of the text."""
    sizes: Counter[float] = Counter()
    for size, text in rows:
        sizes[round(size * 2) / 2] += len(text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def add_column(blocks: list[Paragraph | Grid], column: Column, page: int, words: frozenset[str]) -> None:
    """Puts the lines of a column after what was read before; the first of them may go on with its last paragraph."""
    edges = _edges(column.rows)
    for number, row in enumerate(column.rows):
        last = blocks[-1] if blocks else None
        may_follow = _goes_on if number else _flows_on
        if isinstance(last, Paragraph) and may_follow(last, row, edges):
            _append(last, row, page, words)
        else:
            blocks.append(Paragraph(page, row.size, row.text, row))


def _append(paragraph: Paragraph, row: Row, page: int, words: frozenset[str]) -> None:
    text = joined(paragraph.text, row.text, words)
    if page != (paragraph.pages or [paragraph.page])[-1]:
        # The page begins with the first whole word on it.
        text = _marked(text, len(row.text))
        paragraph.pages.append(page)
    paragraph.text, paragraph.last = text, row


def _marked(text: str, length: int) -> str:
    start = text.find(" ", max(0, len(text) - length - 1))
    return f"{text[:start]}{PAGE}{text[start + 1 :]}" if start >= 0 else f"{text}{PAGE}"


def _edges(rows: list[Row]) -> Edges:
    steps = sorted(lower.bottom - upper.bottom for upper, lower in zip(rows, rows[1:], strict=False))
    # A quarter of the steps: the usual one, however many headings stand between.
    return Edges(
        min(row.left for row in rows), max(row.right for row in rows), steps[len(steps) // 4] if steps else 0.0
    )


def _goes_on(paragraph: Paragraph, row: Row, edges: Edges) -> bool:
    last = paragraph.last
    if _is_other(paragraph, row) or row.bottom - last.bottom > PARAGRAPH_STEP * min(edges.step, WIDEST_STEP * row.size):
        return False
    had_room = _had_room(last, row, edges)
    if had_room and last.text.endswith(SENTENCE_END):
        return False
    if paragraph.is_item:
        return row.left > edges.left + INDENT * row.size or not had_room
    is_short = edges.right - last.right > SHORT_LINE * (edges.right - edges.left)
    return row.left - last.left <= INDENT * row.size and not (had_room and is_short)


def _flows_on(paragraph: Paragraph, row: Row, edges: Edges) -> bool:
    """Whether a paragraph goes on at the top of the next column or page."""
    if _is_other(paragraph, row) or paragraph.text.endswith(SENTENCE_END):
        return False
    is_cut = paragraph.text.endswith(("-", ",")) or row.text[0].islower()
    return is_cut or row.left - edges.left < INDENT * row.size


def _is_other(paragraph: Paragraph, row: Row) -> bool:
    """Whether the line cannot belong to the paragraph, wherever it stands."""
    is_other_size = abs(row.size - paragraph.size) > SAME_SIZE * paragraph.size
    return is_other_size or bool(BULLET.match(row.text) or NUMBER.match(row.text))


def _had_room(last: Row, row: Row, edges: Edges) -> bool:
    """Whether the first word of the line would have fitted on the line before: whoever broke it there, meant it."""
    word = len(row.text.split()[0]) + 1
    width = (row.right - row.left) / max(len(row.text), 1)
    return edges.right - last.right > word * width + row.size


def levels_of(paragraphs: list[Paragraph], body: float) -> dict[float, int]:
    """The levels of headings by their sizes, the largest first."""
    sizes = {_size(part) for part in paragraphs if part.size >= HEADING_SIZE * body and _may_be_heading(part)}
    return {size: min(level, MOST_LEVELS) for level, size in enumerate(sorted(sizes, reverse=True), 1)}


def _may_be_heading(paragraph: Paragraph) -> bool:
    return len(paragraph.text) <= LONGEST_HEADING and any(map(str.isalpha, paragraph.text))


def _size(paragraph: Paragraph) -> float:
    return round(paragraph.size)


def markdown_of(paragraph: Paragraph, levels: dict[float, int]) -> str:
    level = levels.get(_size(paragraph), 0) if _may_be_heading(paragraph) else 0
    if level:
        return f"{'#' * level} {escaping.inline(paragraph.text.replace(PAGE, ' '))}"
    if match := BULLET.match(paragraph.text):
        return f"- {_lines(paragraph.text[match.end() :])}".replace("\n", "\n  ")
    if re.match(r"\d{1,9}[.)]\s", paragraph.text):
        mark, _, rest = paragraph.text.partition(" ")
        return f"{mark} {_lines(rest)}".replace("\n", "\n" + " " * (len(mark) + 1))
    return _lines(paragraph.text)


def _lines(text: str) -> str:
    return "\n".join(escaping.line(part) for part in text.split(PAGE))

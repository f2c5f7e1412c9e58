"""Paragraphs and tables of a PDF as one Markdown text, with the lines on which its pages begin."""

import re

from knowledge.readers.pdf.grids import Grid
from knowledge.readers.pdf.paragraphs import Paragraph, levels_of, markdown_of
from knowledge.readers.reading import Place

ITEM = re.compile(r"- |\d{1,9}[.)] ")


def composed(blocks: list[Paragraph | Grid], body_size: float) -> tuple[str, str, tuple[Place, ...]]:
    """The Markdown, the first heading of the highest level, and the pages."""
    levels = levels_of([block for block in blocks if isinstance(block, Paragraph)], body_size)
    text = Text()
    for block in blocks:
        if isinstance(block, Grid):
            text.add(block.markdown, [block.page])
        else:
            text.add(markdown_of(block, levels), [block.page, *block.pages])
    return "\n".join(text.lines), _heading(text.lines), tuple(text.places)


def _heading(lines: list[str]) -> str:
    """The document's title, when it begins with one."""
    return next((line[2:] for line in lines[:5] if line.startswith("# ")), "")


class Text:
    """Lines of Markdown, and where the pages begin."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[Place] = []
        self._last = ""

    def add(self, block: str, pages: list[int]) -> None:
        """Puts in a block that begins on the first of the pages; the others begin on its later lines."""
        lines = block.split("\n")
        if self.lines and not (ITEM.match(lines[0]) and ITEM.match(self._last)):
            self.lines.append("")
        for number, page in enumerate(pages):
            self._begin(page, len(self.lines) + min(number, len(lines) - 1))
        self.lines += lines
        self._last = lines[0]

    def _begin(self, page: int, line: int) -> None:
        if not self.places or self.places[-1].label != str(page):
            self.places.append(Place(line, f"page-{page}", str(page)))

"""The words of a PDF page with their places: runs of characters on one line without a wide gap."""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

# In heights of the characters: a wider gap parts columns, or the cells of a table.
WIDE_GAP = 1.0
# PDFium's mark of a hyphen at the end of a line, and the hyphens that mean the same there.
LINE_HYPHENS = {"\x02", "\xad", "\u2010"}
NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\u200b\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words; coordinates are points from the top left corner of the page."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    # Of the font: the heights of two fonts of one size differ.
    size: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class Character(NamedTuple):
    """A tuple, because a book has millions of them."""

    number: int
    text: str
    left: float
    right: float
    top: float
    bottom: float

    def goes_on(self, last: "Character") -> bool:
        """Whether it stands on the line of the character before it, and close to it."""
        height = max(self.bottom - self.top, last.bottom - last.top, 1.0)
        is_level = abs(self.top + self.bottom - last.top - last.bottom) < height
        return is_level and -height < self.left - last.right < WIDE_GAP * height


def segments_of(page: pdfium.PdfPage) -> list[Segment]:
    """The runs of the page in the order of the file."""
    text_page = page.get_textpage()
    try:
        runs = _runs(_characters(text_page, page.get_height()))
        return [segment for run in runs if (segment := _segment(run, text_page))]
    finally:
        text_page.close()


def _characters(text_page: pdfium.PdfTextPage, height: float) -> Iterator[Character | None]:
    """The characters; None stands for the end of a line."""
    box = raw.FS_RECTF()
    pointer = ctypes.byref(box)
    handle = text_page.raw
    for index in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in {0x0A, 0x0D}:
            yield None
        elif code and raw.FPDFText_GetLooseCharBox(handle, index, pointer):
            yield Character(index, _character(code), box.left, box.right, height - box.top, height - box.bottom)


def _character(code: int) -> str:
    # Halves of characters beyond the first plane, on their own, are no text.
    return " " if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def _runs(characters: Iterator[Character | None]) -> Iterator[list[Character]]:
    run: list[Character] = []
    for character in characters:
        if run and (character is None or not (character.text.isspace() or character.goes_on(run[-1]))):
            yield run
            run = []
        # Blanks are taken as they come; where they stand says nothing, PDFium makes them up.
        if character and (not character.text.isspace() or run):
            run.append(_blank(character, run) if character.text.isspace() else character)
    if run:
        yield run


def _blank(character: Character, run: list[Character]) -> Character:
    last = run[-1]
    return Character(last.number, " ", last.left, last.right, last.top, last.bottom)


def _segment(run: list[Character], text_page: pdfium.PdfTextPage) -> Segment | None:
    text = " ".join(_clean("".join(character.text for character in run)).split())
    if not text:
        return None
    inked = [character for character in run if character.text != " "]
    heights = sorted(character.bottom - character.top for character in inked)
    # Raised digits and the like do not make the line higher.
    usual = [character for character in inked if character.bottom - character.top >= heights[len(heights) // 2]]
    left, right = min(character.left for character in inked), max(character.right for character in inked)
    top, bottom = min(character.top for character in usual), max(character.bottom for character in usual)
    return Segment(text, left, right, top, bottom, _font_size(text_page, usual[0].number) or max(bottom - top, 1.0))


def _font_size(text_page: pdfium.PdfTextPage, index: int) -> float:
    """The size in points: that of the font, scaled as the text is."""
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix)):
        return 0.0
    return float(raw.FPDFText_GetFontSize(text_page, index)) * math.hypot(matrix.c, matrix.d)


def _clean(text: str) -> str:
    if text.rstrip()[-1:] in LINE_HYPHENS:
        text = text.rstrip()[:-1] + "-"
    for hyphen in "\x02\u2010":
        text = text.replace(hyphen, "-")
    return NO_TEXT.sub("", text.replace("\xad", ""))

"""The words of a PDF page with their places: runs of characters on one line without a wide gap."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

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

    @property
    def size(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Character:
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
        return list(_runs(_characters(text_page, page.get_height())))
    finally:
        text_page.close()


def _characters(text_page: pdfium.PdfTextPage, height: float) -> Iterator[Character | None]:
    """The characters; None stands for the end of a line."""
    box = raw.FS_RECTF()
    pointer = ctypes.byref(box)
    for index in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if code in {0x0A, 0x0D}:
            yield None
        elif code and raw.FPDFText_GetLooseCharBox(text_page, index, pointer):
            yield Character(_character(code), box.left, box.right, height - box.top, height - box.bottom)


def _character(code: int) -> str:
    # Halves of characters beyond the first plane, on their own, are no text.
    return " " if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def _runs(characters: Iterator[Character | None]) -> Iterator[Segment]:
    run: list[Character] = []
    for character in characters:
        if character is None or (run and not character.text.isspace() and not character.goes_on(run[-1])):
            yield from _segment(run)
            run = []
        # Blanks are taken as they come; where they stand says nothing, PDFium makes them up.
        if character and (not character.text.isspace() or run):
            run.append(_blank(character, run) if character.text.isspace() else character)
    yield from _segment(run)


def _blank(character: Character, run: list[Character]) -> Character:
    last = run[-1]
    return Character(" ", last.left, last.right, last.top, last.bottom)


def _segment(run: list[Character]) -> Iterator[Segment]:
    text = " ".join(_clean("".join(character.text for character in run)).split())
    if not text:
        return
    inked = [character for character in run if character.text != " "]
    heights = sorted(character.bottom - character.top for character in inked)
    # Raised digits and the like do not make the line higher.
    usual = [character for character in inked if character.bottom - character.top >= heights[len(heights) // 2]]
    yield Segment(
        text,
        min(character.left for character in inked),
        max(character.right for character in inked),
        min(character.top for character in usual),
        max(character.bottom for character in usual),
    )


def _clean(text: str) -> str:
    if text.rstrip()[-1:] in LINE_HYPHENS:
        text = text.rstrip()[:-1] + "-"
    for hyphen in "\x02\u2010":
        text = text.replace(hyphen, "-")
    return NO_TEXT.sub("", text.replace("\xad", ""))

"""PDF files as a person would read them."""

from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from knowledge.readers.pdf.composing import composed
from knowledge.readers.pdf.grids import Grid, parts_of
from knowledge.readers.pdf.hyphens import words_of
from knowledge.readers.pdf.layout import Column, columns_of
from knowledge.readers.pdf.paragraphs import Paragraph, add_column, body_size
from knowledge.readers.pdf.running import Sheet, without_running
from knowledge.readers.pdf.segments import segments_of
from knowledge.readers.reading import (
    MAX_PAGES,
    PAGES_UNREADABLE,
    PAGES_WITHOUT_TEXT,
    PICTURES_LEFT_OUT,
    Draft,
    ReadingError,
)

END = 4096
ERRORS = {raw.FPDF_ERR_PASSWORD: "encrypted", raw.FPDF_ERR_SECURITY: "encrypted"}
# Titles that programs put in by themselves, and names of files.
NO_TITLES = (
    "untitled",
    "microsoft word",
    "document",
    "powerpoint",
    "без имени",
    "документ",
    "(anonymous)",
    "(unspecified)",
)
SUFFIXES = (".doc", ".docx", ".pdf", ".odt", ".rtf", ".indd", ".tex", ".dvi", ".ps")


def read_pdf(data: bytes) -> Draft:
    if b"%%EOF" not in data[-END:] and b"startxref" not in data[-END:]:
        raise ReadingError("broken")
    with closing(_opened(data)) as document:
        if len(document) > MAX_PAGES:
            raise ReadingError("too_big")
        sheets, notes = _sheets(document)
        title = _title(document)
    size = body_size((part.size, part.text) for sheet in sheets for part in sheet.segments)
    markdown, heading, places = composed(_blocks(without_running(sheets, size)), size)
    if not markdown:
        raise ReadingError("no_text")
    return Draft(markdown, heading or title, places=places, notes=notes)


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise ReadingError(ERRORS.get(error.err_code, "broken")) from error


def _sheets(document: pdfium.PdfDocument) -> tuple[list[Sheet], tuple[str, ...]]:
    """The pages that have text, and notes about the others."""
    sheets, notes = [], set()
    for index in range(len(document)):
        sheet, note = _sheet(document, index)
        notes.add(note)
        if sheet:
            sheets.append(sheet)
    if not sheets:
        raise ReadingError(
            "no_text" if notes - {PAGES_UNREADABLE, ""} else "broken" if PAGES_UNREADABLE in notes else "empty"
        )
    return sheets, tuple(sorted(notes - {""}))


def _sheet(document: pdfium.PdfDocument, index: int) -> tuple[Sheet | None, str]:
    """The page, if it has text, and what of it was lost."""
    try:
        with closing(document[index]) as page:
            segments = segments_of(page)
            has_pictures = next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None
            height = page.get_height()
    except pdfium.PdfiumError:
        return None, PAGES_UNREADABLE
    if not _is_readable(segments_text := "".join(part.text for part in segments)):
        return None, PAGES_WITHOUT_TEXT if has_pictures or segments_text else ""
    return Sheet(index + 1, height, segments), PICTURES_LEFT_OUT if has_pictures else ""


def _is_readable(text: str) -> bool:
    """Fonts without a table of characters give signs that mean nothing."""
    strange = sum(1 for character in text if character == "\ufffd" or "\ue000" <= character <= "\uf8ff")
    return bool(text) and strange * 2 < len(text)


def _blocks(sheets: list[Sheet]) -> list[Paragraph | Grid]:
    words = words_of([part.text for sheet in sheets for part in sheet.segments])
    blocks: list[Paragraph | Grid] = []
    for sheet in sheets:
        for part in _parts(sheet):
            if isinstance(part, Grid):
                blocks.append(part)
            else:
                add_column(blocks, part, sheet.number, words)
    return blocks


def _parts(sheet: Sheet) -> Iterator[Column | Grid]:
    for column in columns_of(sheet.segments):
        yield from parts_of(column, sheet.number)


def _title(document: pdfium.PdfDocument) -> str:
    try:
        title = " ".join(document.get_metadata_value("Title").split())
    except (pdfium.PdfiumError, UnicodeError):
        return ""
    is_name = title.lower().startswith(NO_TITLES) or title.lower().endswith(SUFFIXES)
    return "" if is_name else title

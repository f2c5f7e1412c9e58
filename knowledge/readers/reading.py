"""What reading a document gives, what may go wrong, and how much is read at most."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

MAX_BYTES = 100 * 1024 * 1024
# Characters of Markdown; what comes after them is left out, with a note.
MAX_TEXT = 120_000_000
MAX_PAGES = 5_000
LONGEST_TITLE = 300

# Notes: what a reading lost or had to guess.
PICTURES_LEFT_OUT = "pictures_left_out"
END_LEFT_OUT = "end_left_out"
CHARACTERS_LOST = "characters_lost"
PAGES_WITHOUT_TEXT = "pages_without_text"
PAGES_UNREADABLE = "pages_unreadable"

type Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a document: the line of the Markdown (from 0) where it begins, its anchor and its number as printed."""

    line: int
    anchor: str
    label: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as Markdown; `language` is "ru" or "en", `notes` are codes of what was lost."""

    title: str
    markdown: str
    language: str
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a format's reader found; an empty title or language is filled in later."""

    markdown: str
    title: str = ""
    language: str = ""
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()


class ReadingError(Exception):
    """The document cannot be read; `code` says why, `message` says it to a person in the active language."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str:
        return messages().get(self.code) or _("The file could not be read.")

    def __str__(self) -> str:
        return self.message


def messages() -> dict[str, str]:
    """The text of each error, by its code."""
    return {
        "archive": _("This is an archive. Import the documents in it instead."),
        "broken": _("The file is damaged, incomplete or not of the kind its name says."),
        "empty": _("There is no text in the file."),
        "encrypted": _("The file is protected with a password. Save it without one and try again."),
        "no_questions": _("The table has no columns named “question” and “answer”."),
        "no_text": _("The file holds pictures only and no text. Recognise its text first (OCR) and try again."),
        "old_word": _("This is a document of an old Word (.doc). Save it as .docx and try again."),
        "too_big": _("The file is too big to be read."),
        "too_long": _("Reading the file took too long."),
        "unknown_format": _("Files of this kind cannot be read."),
        "unreadable": _("The file could not be opened."),
    }

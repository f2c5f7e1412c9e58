"""What attachments say, where they are text or PDF: read once, kept with their row."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from django.core.files.storage import default_storage

from knowledge.readers import ReadingError, read
from tickets.models import Attachment

logger = logging.getLogger(__name__)

MOST_FILES = 3
MOST_BYTES = 5 * 1024 * 1024
LONGEST = 20_000
# For a file that a process of its own has to read.
SECONDS = 5.0
READABLE = frozenset({".txt", ".text", ".log", ".md", ".csv", ".tsv", ".pdf", ".docx", ".html", ".htm", ".rtf"})
NOTHING = "\u2205"


@dataclass(frozen=True, slots=True)
class FileText:
    """An attachment by its name; `text` is empty when it is no text or cannot be read."""

    name: str
    text: str = ""


def texts_of(attachments: Iterable[Attachment]) -> list[FileText]:
    """All attachments; the first few that are readable with their text."""
    found, left = [], MOST_FILES
    for attachment in attachments:
        text = ""
        if left and _readable(attachment):
            left -= 1
            text = _text(attachment)
        found.append(FileText(attachment.name, text))
    return found


def _readable(attachment: Attachment) -> bool:
    by_name = PurePath(attachment.name).suffix.lower() in READABLE
    by_type = attachment.content_type.startswith("text/") or attachment.content_type == "application/pdf"
    return bool(attachment.path) and attachment.size <= MOST_BYTES and (by_name or by_type)


def _text(attachment: Attachment) -> str:
    if not attachment.text:
        attachment.text = _read(attachment)[:LONGEST] or NOTHING
        Attachment.objects.filter(pk=attachment.pk).update(text=attachment.text)
    return "" if attachment.text == NOTHING else attachment.text


def _read(attachment: Attachment) -> str:
    try:
        with default_storage.open(attachment.path) as file:
            content = file.read(MOST_BYTES + 1)
        reading = read(content, name=attachment.name, content_type=attachment.content_type, seconds=SECONDS)
    except (ReadingError, OSError) as error:
        logger.info("attachment %s cannot be read: %s", attachment.pk, getattr(error, "code", type(error).__name__))
        return ""
    return reading.markdown.replace("\0", "")

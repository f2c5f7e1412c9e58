"""Reading documents: whatever a person uploads becomes Markdown. Knows nothing of the database."""

from knowledge.readers.formats import FORMATS, format_of
from knowledge.readers.reader import read
from knowledge.readers.reading import MAX_BYTES, MAX_TEXT, Place, Progress, Reading, ReadingError

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_TEXT",
    "Place",
    "Progress",
    "Reading",
    "ReadingError",
    "format_of",
    "read",
]

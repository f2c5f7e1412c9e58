"""Reading a file of any known format."""

from dataclasses import replace
from pathlib import Path, PurePath

from knowledge.readers.formats import HEAD, format_of
from knowledge.readers.language import language_of
from knowledge.readers.plain import read_markdown, read_text
from knowledge.readers.reading import (
    END_LEFT_OUT,
    LONGEST_TITLE,
    MAX_BYTES,
    MAX_TEXT,
    Draft,
    Progress,
    Reading,
    ReadingError,
)
from knowledge.readers.sandbox import read_apart
from knowledge.readers.tables import read_table


def read(
    data: bytes | Path,
    *,
    name: str,
    content_type: str = "",
    title: str = "",
    progress: Progress | None = None,
    seconds: float | None = None,
) -> Reading:
    """The document as Markdown, or a ReadingError that says why not.

    `name` and `content_type` tell the format where the bytes do not; `title` counts for more than the document's own.
    `progress` is called with the bytes read and all of them. `seconds` is less than a process of its own has usually.
    """
    content = data if isinstance(data, bytes) else _loaded(data)
    if len(content) > MAX_BYTES:
        raise ReadingError("too_big")
    if not content.strip(b"\0\t\n\r "):
        raise ReadingError("empty")
    kind = format_of(name, content_type, content[:HEAD])
    draft = _cut(_draft(content, kind, content_type, progress=progress, seconds=seconds))
    if not draft.markdown.strip():
        raise ReadingError("empty")
    if progress:
        progress(len(content), len(content))
    return _reading(draft, name, title)


def _loaded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ReadingError("unreadable") from error


def _draft(data: bytes, kind: str, content_type: str, *, progress: Progress | None, seconds: float | None) -> Draft:
    match kind:
        case "markdown":
            return read_markdown(data)
        case "text":
            return read_text(data)
        case "csv":
            return read_table(data, progress)
        case _:
            return read_apart(kind, data, content_type, seconds=seconds)


def _cut(draft: Draft) -> Draft:
    """The draft without what is too much, to the end of a paragraph."""
    if len(draft.markdown) <= MAX_TEXT:
        return draft
    kept = draft.markdown[:MAX_TEXT]
    kept = kept[: kept.rfind("\n\n") if "\n\n" in kept else MAX_TEXT]
    lines = kept.count("\n")
    places = tuple(place for place in draft.places if place.line <= lines)
    return replace(draft, markdown=kept, places=places, notes=(*draft.notes, END_LEFT_OUT))


def _reading(draft: Draft, name: str, title: str) -> Reading:
    return Reading(
        title=" ".join((title or draft.title or PurePath(name).stem or name).split())[:LONGEST_TITLE],
        markdown=draft.markdown,
        language=draft.language or language_of(draft.markdown),
        places=draft.places,
        notes=draft.notes,
    )

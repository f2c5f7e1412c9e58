"""Reading the file of a document that waits, and publishing what it says."""

from typing import Any

from knowledge.choices import DocumentState
from knowledge.indexing.leases import renew
from knowledge.models import Document
from knowledge.readers import Reading, ReadingError, read
from knowledge.services.documents import publish_document, set_fields
from knowledge.services.uploads import UNTOLD


def read_document(document: Document) -> None:
    """Reads the file of a document on which this worker holds the lease; what is wrong is said on its page."""
    mine = Document.objects.filter(pk=document.pk, original=document.original.name)
    renew(mine.filter(state=DocumentState.WAITING), state=DocumentState.READING)

    def progress(done: int, total: int) -> None:
        renew(mine.filter(state=DocumentState.READING), done=done, total=total)

    try:
        with document.original.open("rb") as file:
            reading = read(file.read(), name=document.original_name, title="", progress=progress)
    except ReadingError as error:
        _refuse(document, error.code, str(error))
        return
    except FileNotFoundError:
        _refuse(document, "file_gone", "")
        return
    renew(mine.filter(state=DocumentState.READING))
    _take(document, reading)


def _refuse(document: Document, code: str, detail: str) -> None:
    """The former text, if there is one, stays as it is."""
    set_fields(document, state=DocumentState.FAILED, error=code[:50], error_detail=detail[:500], lease_until=None)


def _take(document: Document, reading: Reading) -> None:
    is_first = not document.body
    values: dict[str, Any] = {
        "title": (reading.title or document.title)[:200] if is_first and _is_file_name(document) else document.title,
        "language": reading.language if is_first and document.language == UNTOLD else document.language,
        "body": reading.markdown,
    }
    extra = {
        "places": [[place.line, place.anchor, place.label] for place in reading.places],
        "notes": list(reading.notes),
    }
    set_fields(document, attempts=0, lease_until=None, state=DocumentState.READY)
    if document.publish_when_read:
        values |= {"slug": document.slug, "source": document.source, "position": document.position}
        publish_document(**values, extra=extra)
    else:
        set_fields(document, **values, **extra)


def _is_file_name(document: Document) -> bool:
    """Whether nobody gave the document a better title than its file's name."""
    stem = document.original_name.rpartition(".")[0] or document.original_name
    return document.title == stem.replace("_", " ")[:200]

"""Files that people hand in. The file is kept, a worker reads it; until then the former text stays in search."""

import uuid
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.text import slugify

from knowledge.choices import DocumentState
from knowledge.models import Document
from knowledge.readers import MAX_BYTES, ReadingError, format_of
from knowledge.services.documents import describe, set_fields, wake_on_commit

HEAD = 4096
# The language of a document whose file has not been read yet, when nobody has named one.
UNTOLD = ""


def upload_document(
    content: "File[Any] | bytes",
    *,
    name: str,
    title: str = "",
    language: str = "",
    tags: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
    publish: bool = True,
    source: str = "",
    document: Document | None = None,
    actor: Any = None,
) -> Document:
    """Takes a file in, as a new document or as the next text of `document`; it waits to be read (state WAITING).

    Empty `title` and `language` are taken from the file. Raises ReadingError for a file that is too large or of no
    known format.
    """
    file = ContentFile(content) if isinstance(content, bytes) else content
    kind = _checked_format(file, name)
    values = {
        "format": kind,
        "original_name": PurePath(name).name[:255],
        "state": DocumentState.WAITING,
        "error": "",
        "error_detail": "",
        "notes": [],
        "done": 0,
        "total": 0,
        "attempts": 0,
        "lease_until": None,
        "publish_when_read": publish,
    }
    with transaction.atomic():
        found = _row(document, name, title=title, language=language, source=source)
        former = found.original.name
        found.original.save(f"{found.pk}{PurePath(name).suffix.lower()[:12]}", file, save=False)
        set_fields(found, **values, original=found.original)
        describe(found, tags=tags, scopes=scopes)
        if former and former != found.original.name:
            transaction.on_commit(lambda: found.original.storage.delete(former))
        wake_on_commit()
    return found


def _checked_format(file: "File[Any]", name: str) -> str:
    if (file.size or 0) > MAX_BYTES:
        raise ReadingError("too_big")
    head = file.read(HEAD)
    file.seek(0)
    return format_of(name, "", head if isinstance(head, bytes) else head.encode())


def _row(document: Document | None, name: str, *, title: str, language: str, source: str) -> Document:
    if document is not None:
        found: Document = Document.objects.select_for_update().defer("body").get(pk=document.pk)
        if title:
            set_fields(found, title=title[:200])
        return found
    shown = title or PurePath(name).stem.replace("_", " ") or name
    return Document.objects.create(
        slug=free_slug(shown),
        title=shown[:200],
        language=language or UNTOLD,
        body="",
        source=source,
        published=False,
    )


def free_slug(title: str) -> str:
    """A slug that no document has yet; Russian titles are spelled in Latin letters."""
    base = slugify(latin(title))[:130] or "document"
    if not Document.objects.filter(slug=base).exists():
        return base
    return f"{base}-{uuid.uuid4().hex[:8]}"


LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".split(),
        strict=True,
    )
)


def latin(text: str) -> str:
    return "".join(LATIN.get(letter, letter).replace("_", "") for letter in text.lower())

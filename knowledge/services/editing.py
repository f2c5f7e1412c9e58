"""What people do with a document's text, whether it is published or not."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.db import IntegrityError, transaction

from knowledge.choices import DocumentState
from knowledge.indexing.versions import locked_versions
from knowledge.models import Document
from knowledge.services.documents import describe, publish_with, set_fields, unpublish_document, wake_on_commit
from knowledge.services.revisions import keep_revision, newest_number
from knowledge.services.uploads import free_slug

TEXT_FIELDS = ("title", "language", "body", "position", "places")
UNREAD = (DocumentState.WAITING, DocumentState.READING)


class SlugTaken(Exception):
    """Another document has the slug."""


class NoText(Exception):
    """There is nothing to publish."""


class Stale(Exception):
    """Somebody has changed the text meanwhile; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


def create_document(
    *,
    title: str,
    body: str,
    language: str,
    slug: str = "",
    position: int = 100,
    tags: Sequence[str] = (),
    scopes: Sequence[str] = (),
    publish: bool = True,
    actor: Any = None,
) -> Document:
    """A new document from a text, published or as a draft. Raises SlugTaken."""
    values = {"title": title, "body": body, "language": language, "position": position}
    try:
        with transaction.atomic():
            document = Document.objects.create(slug=slug or free_slug(title), published=False, **values)
            describe(document, tags=tags, scopes=scopes)
            keep_revision(document, actor)
    except IntegrityError as error:
        raise SlugTaken from error
    return publish_draft(document, actor=actor) if publish else document


def change_document(
    document: Document,
    *,
    version: int | None = None,
    tags: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
    actor: Any = None,
    **texts: Any,
) -> Document:
    """Changes TEXT_FIELDS, tags and audience.

    With `version`, the number of the text that the caller has seen, it raises Stale when there is a newer one.
    """
    # Without it, nothing is locked while the text is cut: SQLite has one writer.
    with nullcontext() if version is None else transaction.atomic():
        if version is not None:
            _require_version(document, version)
        if texts:
            document = change_text(document, actor=actor, **texts)
        describe(document, tags=tags, scopes=scopes)
    return document


def _require_version(document: Document, version: int) -> None:
    """Nobody changes the document until the transaction ends. Locks in the order of publishing."""
    locked_versions()
    Document.objects.select_for_update().only("pk").get(pk=document.pk)
    if (present := newest_number(document)) != version:
        raise Stale(present)


def change_text(document: Document, *, actor: Any = None, **changes: Any) -> Document:
    """Gives the document other TEXT_FIELDS. A published one is published with them, a draft stays one.

    A new body has no places unless they are given. A file of the document that waits to be read is no longer read.
    """
    if unknown := changes.keys() - set(TEXT_FIELDS):
        raise TypeError(f"not fields of a text: {sorted(unknown)}")
    if "body" in changes:
        changes.setdefault("places", document.places if changes["body"] == document.body else [])
    if document.published:
        return publish_with(document, actor=actor, **changes)
    return _set_draft(document, changes, actor)


def _set_draft(document: Document, changes: dict[str, Any], actor: Any) -> Document:
    idle = {"state": DocumentState.READY, "error": "", "error_detail": "", "done": 0, "total": 0, "lease_until": None}
    with transaction.atomic():
        found: Document = Document.objects.select_for_update().get(pk=document.pk)
        set_fields(found, **changes, **idle)
        keep_revision(found, actor)
    return found


def publish_draft(document: Document, *, actor: Any = None) -> Document:
    """Publishes the text that the document has; one whose file is being read is published once that is done.

    Raises NoText.
    """
    if document.state in UNREAD and _publish_when_read(document, True):
        return document
    if not document.body.strip():
        raise NoText
    return publish_with(document, actor=actor)


def withdraw(document: Document) -> Document:
    """Takes the document off the site; a file of it that is still being read is not published afterwards."""
    if not document.published:
        if document.state in UNREAD:
            _publish_when_read(document, False)
        return document
    is_unread = document.state in UNREAD
    with transaction.atomic():
        unpublish_document(document)
        if is_unread:
            # Who was reading it has lost it: it is read anew, as a draft.
            set_fields(document, state=DocumentState.WAITING, publish_when_read=False)
            wake_on_commit()
    return document


def _publish_when_read(document: Document, wanted: bool) -> bool:
    """False when the file has just been read."""
    changed = Document.objects.filter(pk=document.pk, state__in=UNREAD).update(publish_when_read=wanted)
    document.publish_when_read = wanted
    return bool(changed)

"""What staff do on a document's page: save the form, publish a draft as it is, have a file read again."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from django.db import transaction

from knowledge.choices import DocumentState
from knowledge.models import Document
from knowledge.services.documents import (
    Places,
    describe,
    publish_document,
    set_fields,
    unpublish_document,
    wake_on_commit,
)
from knowledge.services.revisions import keep_revision

BEING_READ = (DocumentState.WAITING, DocumentState.READING)


def save_document(
    document: Document | None,
    *,
    slug: str,
    title: str,
    language: str,
    body: str | None,
    position: int,
    publish: bool,
    tags: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
    actor: Any = None,
) -> Document:
    """Makes `document` (None: a new one named `slug`) say this; without `publish` it is a draft that nobody finds.

    `body` None leaves the text. The places of pages move with the lines that they stand before.
    """
    former = document.body if document else ""
    text = former if body is None else body
    values: dict[str, Any] = {"title": title, "language": language, "body": text, "position": position}
    places = moved(document.places, former, text) if document else []
    if publish:
        if document is None and scopes:
            _keep_draft(None, values | {"slug": slug}, tags=tags, scopes=scopes, actor=actor)
        elif document is not None:
            # Before it is published, so that nobody sees for a moment what is not for him.
            describe(document, scopes=scopes)
        source = document.source if document else ""
        return publish_document(
            slug=slug, source=source, extra={"places": places}, actor=actor, tags=tags, scopes=scopes, **values
        )
    return _keep_draft(document, values | {"slug": slug, "places": places}, tags=tags, scopes=scopes, actor=actor)


def _keep_draft(document: Document | None, values: dict[str, Any], *, tags: Any, scopes: Any, actor: Any) -> Document:
    with transaction.atomic():
        if document is None:
            document = Document.objects.create(**values, published=False)
        else:
            if document.published:
                unpublish_document(document)
            set_fields(document, **values)
        keep_revision(document, actor)
        describe(document, tags=tags, scopes=scopes)
    return document


def moved(places: Places, former: str, text: str) -> list[list[Any]]:
    """The places of `former` in `text`: those before the change stay, those behind it move along."""
    if former == text or not places:
        return [list(place) for place in places]
    old, new = former.split("\n"), text.split("\n")
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    shift = len(new) - len(old)
    return [[line if line <= same else max(same, line + shift), anchor, label] for line, anchor, label in places]


def read_again(document: Document) -> bool:
    """Has the worker try a failed document once more; False when it has not failed."""
    if document.original:
        state = DocumentState.WAITING
    else:
        state = DocumentState.INDEXING if document.published else DocumentState.READY
    fresh = {"error": "", "error_detail": "", "done": 0, "total": 0, "attempts": 0, "lease_until": None}
    with transaction.atomic():
        failed = Document.objects.filter(pk=document.pk, state=DocumentState.FAILED)
        changed = failed.update(state=state, **fresh)
        wake_on_commit()
    return bool(changed)

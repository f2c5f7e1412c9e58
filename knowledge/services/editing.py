"""Changes of a document's text by people, whether it is published or not."""

from typing import Any

from django.db import transaction

from knowledge.choices import DocumentState
from knowledge.models import Document
from knowledge.services.documents import publish_document, set_fields
from knowledge.services.revisions import keep_revision

TEXT_FIELDS = ("title", "language", "body", "position", "places")


def change_text(document: Document, *, actor: Any = None, **changes: Any) -> Document:
    """Gives the document other TEXT_FIELDS. A published one is published with them, a draft stays one.

    A new body has no places unless they are given. A file of the document that waits to be read is no longer read.
    """
    if unknown := changes.keys() - set(TEXT_FIELDS):
        raise TypeError(f"not fields of a text: {sorted(unknown)}")
    if "body" in changes:
        changes.setdefault("places", document.places if changes["body"] == document.body else [])
    if document.published:
        return _publish(document, changes, actor)
    return _set_draft(document, changes, actor)


def _publish(document: Document, changes: dict[str, Any], actor: Any) -> Document:
    places = changes.pop("places", document.places)
    texts = {name: changes.get(name, getattr(document, name)) for name in ("title", "language", "body", "position")}
    return publish_document(slug=document.slug, source=document.source, actor=actor, extra={"places": places}, **texts)


def _set_draft(document: Document, changes: dict[str, Any], actor: Any) -> Document:
    idle = {"state": DocumentState.READY, "error": "", "error_detail": "", "done": 0, "total": 0, "lease_until": None}
    with transaction.atomic():
        found: Document = Document.objects.select_for_update().get(pk=document.pk)
        set_fields(found, **changes, **idle)
        keep_revision(found, actor)
    return found

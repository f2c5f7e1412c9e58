"""The texts that a document had."""

from typing import Any

from django.db.models import Max

from knowledge.models import Document, Revision

# Kept of each document; of very long texts only the last ones.
KEPT = 30
KEPT_LONG = 3
LONG = 1_000_000


def keep_revision(document: Document, actor: Any = None) -> Revision | None:
    """Notes the document's present text, unless its newest version says the same. The caller holds its row."""
    newest = Revision.objects.filter(document=document).order_by("-number").first()
    values = {"title": document.title, "language": document.language, "body": document.body, "places": document.places}
    if newest is not None and all(getattr(newest, name) == value for name, value in values.items()):
        return None
    author = actor if getattr(actor, "is_authenticated", False) else None
    number = (newest.number if newest else 0) + 1
    kept = Revision.objects.create(document=document, number=number, author=author, **values)
    limit = KEPT_LONG if len(document.body) > LONG else KEPT
    Revision.objects.filter(document=document, number__lte=number - limit).delete()
    return kept


def newest_number(document: Document) -> int:
    """The number of the text that the document has now; 0 when it never had one."""
    found: int | None = Revision.objects.filter(document=document).aggregate(number=Max("number"))["number"]
    return found or 0


def restore_revision(document: Document, number: int, actor: Any = None) -> Document:
    """Gives the document the text of its version `number` again, as its newest version.

    A published document is published with it, a draft stays one. Raises Revision.DoesNotExist.
    """
    from knowledge.services.editing import change_text

    kept = Revision.objects.get(document=document, number=number)
    texts = {"title": kept.title, "language": kept.language, "body": kept.body, "places": kept.places}
    return change_text(document, actor=actor, **texts)

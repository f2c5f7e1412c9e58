"""Where documents were cited."""

from collections.abc import Iterable

from integrations.providers.base import Passage
from knowledge.models import Citation, Document


def note_citations(passages: Iterable[Passage], *, reference: str, thread: str = "", scope: str = "") -> None:
    """Notes that the answer `reference` rests on `passages`, as far as their documents are still there."""
    cited = {(passage.document_id, passage.anchor): passage for passage in passages if passage.document_id}
    if not cited:
        return
    alive = set(Document.objects.filter(pk__in={key for key, _ in cited}).values_list("pk", flat=True))
    Citation.objects.bulk_create(
        Citation(
            document_id=passage.document_id,
            heading=passage.heading,
            anchor=passage.anchor,
            reference=reference,
            thread=thread,
            scope=scope,
        )
        for passage in cited.values()
        if passage.document_id in alive
    )


def forget_thread(thread: str) -> None:
    """After a conversation or ticket was erased."""
    Citation.objects.filter(thread=thread).delete()

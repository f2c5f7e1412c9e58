"""What a searcher gets to see of a passage, with the link that opens its source at the place."""

from collections.abc import Sequence

from integrations.providers.base import Passage
from knowledge.citing import link_to
from knowledge.models import Chunk
from knowledge.search.hits import Hit, scores

# Not the whole documents: their texts are long.
SHOWN = (
    "document", "heading", "anchor", "line", "place", "text", "document__slug", "document__title",
    "document__language", "document__restricted", "document__updated_at", "document__seen_at", "document__total",
)  # fmt: skip


def passages_of(hits: Sequence[Hit], *, scope: str) -> list[Passage]:
    """One query."""
    if not hits:
        return []
    chunks = Chunk.objects.select_related("document").only(*SHOWN).in_bulk([hit.pk for hit in hits])
    scored = zip(hits, scores(list(hits)), strict=True)
    return [_passage(chunks[hit.pk], hit, score, scope) for hit, score in scored if hit.pk in chunks]


def _passage(chunk: Chunk, hit: Hit, score: float, scope: str) -> Passage:
    document = chunk.document
    return Passage(
        document=document.slug,
        title=document.title,
        heading=chunk.heading,
        text=chunk.text,
        url=link_to(document, anchor=chunk.anchor, line=chunk.line, scope=scope),
        score=score,
        language=document.language,
        id=chunk.pk,
        document_id=document.pk,
        anchor=chunk.anchor,
        place=chunk.place,
        confidence=round(hit.confidence, 4),
        ranking=hit.explanation(),
        changed_at=document.updated_at,
        seen_at=document.seen_at,
    )

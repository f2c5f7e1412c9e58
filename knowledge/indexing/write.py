"""Passages of documents in and out of the index, with their terms counted. Called under `locked_versions`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import batched

from django.db.models import F, QuerySet

from integrations.text import terms
from knowledge.chunking import Piece
from knowledge.indexing import fulltext
from knowledge.models import Chunk, Document, IndexVersion, PendingVector, Term, Vector

# Parameters of one statement; SQLite and PostgreSQL take more.
BATCH = 500
# Passages that are taken out with one counting.
AT_ONCE = 2000


def chunk_of(piece: Piece, *, number: int, title: str) -> Chunk:
    """A passage with its terms, not yet of any document or version."""
    # The title is in every passage's terms, but is the heading of the introduction alone.
    title_terms, heading_terms, text_terms = terms(title), terms(piece.heading), terms(piece.text)
    all_terms = [*title_terms, *heading_terms, *text_terms]
    return Chunk(
        position=number,
        heading=piece.heading,
        anchor=piece.anchor,
        line=piece.line,
        place=piece.place,
        text=piece.markdown,
        heading_terms=" ".join(heading_terms or title_terms),
        terms=" ".join(all_terms),
        length=len(all_terms),
    )


def add(version: IndexVersion, document: Document, chunks: Sequence[Chunk], *, edition: int) -> None:
    """Stores copies of `chunks` in a locked version; their vectors are made later."""
    if not chunks:
        return
    rows = [_copy(chunk, version, document, edition) for chunk in chunks]
    rows = Chunk.objects.bulk_create(rows, batch_size=BATCH)
    fulltext.add(rows)
    if version.encoder:
        pending = [PendingVector(chunk_id=row.pk, index=version) for row in rows]
        PendingVector.objects.bulk_create(pending, batch_size=BATCH)
    _count(version, added=rows, removed=[])


def _copy(chunk: Chunk, version: IndexVersion, document: Document, edition: int) -> Chunk:
    return Chunk(
        index=version,
        document=document,
        edition=edition,
        position=chunk.position,
        heading=chunk.heading,
        anchor=chunk.anchor,
        line=chunk.line,
        place=chunk.place,
        text=chunk.text,
        heading_terms=chunk.heading_terms,
        terms=chunk.terms,
        length=chunk.length,
    )


def remove(chunks: QuerySet[Chunk], versions: Iterable[IndexVersion]) -> int:
    """Deletes these passages from the locked `versions` and their counts; returns how many they were."""
    return sum(_remove_some(chunks.filter(index=version), version) for version in versions)


def _remove_some(chunks: QuerySet[Chunk], version: IndexVersion) -> int:
    removed = 0
    while rows := list(chunks.order_by("pk").only("pk", "terms", "length", "index")[:AT_ONCE]):
        _delete(version, rows)
        removed += len(rows)
    return removed


def _delete(version: IndexVersion, rows: list[Chunk]) -> None:
    vectors = discard([row.pk for row in rows])
    if vectors:
        IndexVersion.objects.filter(pk=version.pk).update(vectors=F("vectors") - vectors)
    _count(version, added=[], removed=rows)


def discard(ids: Sequence[int]) -> int:
    """Deletes passages without counting their terms; returns how many vectors went with them."""
    fulltext.remove(ids)
    vectors = 0
    for some in batched(ids, BATCH):
        vectors += Vector.objects.filter(chunk__in=some).delete()[0]
        PendingVector.objects.filter(chunk__in=some).delete()
        Chunk.objects.filter(pk__in=some).delete()
    return vectors


def _count(version: IndexVersion, *, removed: list[Chunk], added: list[Chunk]) -> None:
    IndexVersion.objects.filter(pk=version.pk).update(
        chunks=F("chunks") + len(added) - len(removed),
        length=F("length") + sum(chunk.length for chunk in added) - sum(chunk.length for chunk in removed),
    )
    change = _occurrences(added)
    change.subtract(_occurrences(removed))
    changed = {term: difference for term, difference in change.items() if difference}
    for some in batched(sorted(changed), BATCH):
        _count_terms(version, {term: changed[term] for term in some})


def _count_terms(version: IndexVersion, changed: dict[str, int]) -> None:
    known = dict(Term.objects.filter(index=version, term__in=changed).values_list("term", "chunks"))
    counts = {term: difference + known.get(term, 0) for term, difference in changed.items()}
    rows = [Term(index=version, term=term, chunks=chunks) for term, chunks in counts.items() if chunks > 0]
    Term.objects.bulk_create(rows, update_conflicts=True, unique_fields=["index", "term"], update_fields=["chunks"])
    Term.objects.filter(index=version, term__in=[term for term, chunks in counts.items() if chunks <= 0]).delete()


def _occurrences(chunks: Iterable[Chunk]) -> Counter[str]:
    return Counter(term for chunk in chunks for term in set(chunk.terms.split()))

"""Long texts: their next edition is written in pieces, each a transaction of its own, and shown when it is whole.

A worker that dies leaves what it wrote; the next one goes on behind the last passage.
"""

from collections.abc import Iterator
from itertools import batched, islice

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from knowledge.choices import DocumentState
from knowledge.chunking import Piece, pieces
from knowledge.indexing import write
from knowledge.indexing.leases import renew
from knowledge.indexing.versions import OPEN_STATES, locked_versions
from knowledge.models import Chunk, Document, IndexVersion

PIECES = 200


def index_document(document: Document) -> None:
    """Writes the next edition of a document on which this worker holds the lease, and shows it; raises LeaseLost."""
    edition = document.edition + 1
    mine = Document.objects.filter(
        pk=document.pk, edition=document.edition, fingerprint=document.fingerprint, state=DocumentState.INDEXING
    )
    total = sum(1 for _ in _pieces(document))
    renew(mine, total=total)
    # Again for a version that was begun meanwhile: it lacks what was written before it was there.
    while (begun := _written(document, edition)) < total:
        _write_from(begun, document, mine, edition)
    _show(document, mine, edition)


def _write_from(begun: int, document: Document, mine: QuerySet[Document], edition: int) -> None:
    numbered = islice(enumerate(_pieces(document)), begun, None)
    for some in batched(numbered, PIECES):
        chunks = [write.chunk_of(piece, number=number, title=document.title) for number, piece in some]
        with transaction.atomic():
            versions = locked_versions()
            renew(mine, done=some[-1][0] + 1)
            for version in versions:
                write.add(version, document, _missing(version, document, edition, chunks), edition=edition)


def _pieces(document: Document) -> Iterator[Piece]:
    return pieces(document.body, title=document.title, places=document.places)


def _written(document: Document, edition: int) -> int:
    """How many passages of an edition every open version has from the first one on; 0 where one lacks some between."""
    found = Chunk.objects.filter(document=document, edition=edition)
    versions = IndexVersion.objects.filter(state__in=OPEN_STATES)
    ends = [found.filter(index=version).aggregate(n=Count("pk"), last=Max("position")) for version in versions]
    return min((end["n"] if end["n"] == (end["last"] or 0) + 1 else 0 for end in ends), default=0)


def _missing(version: IndexVersion, document: Document, edition: int, chunks: list[Chunk]) -> list[Chunk]:
    """A version that was begun meanwhile may have some already."""
    positions = [chunk.position for chunk in chunks]
    known = set(
        Chunk.objects.filter(document=document, index=version, edition=edition, position__in=positions).values_list(
            "position", flat=True
        )
    )
    return [chunk for chunk in chunks if chunk.position not in known]


def _show(document: Document, mine: object, edition: int) -> None:
    with transaction.atomic():
        locked_versions()
        renew(mine, edition=edition, state=DocumentState.READY, done=F("total"), error="", attempts=0)
    Document.objects.filter(pk=document.pk).update(lease_until=None)


def copy_document(document: Document, version: IndexVersion) -> int:
    """Copies the shown edition into a version that is being built, behind what it has; returns the passages added."""
    edition = document.edition
    numbered = enumerate(_pieces(document))
    added = 0
    for some in batched(numbered, PIECES):
        chunks = [write.chunk_of(piece, number=number, title=document.title) for number, piece in some]
        with transaction.atomic():
            locked_versions()
            renew(IndexVersion.objects.filter(pk=version.pk, state="building"))
            if not Document.objects.filter(pk=document.pk, edition=edition, published=True).exists():
                return added
            missing = _missing(version, document, edition, chunks)
            write.add(version, document, missing, edition=edition)
            added += len(missing)
    return added


def stale() -> Q:
    """Passages that search does not see and that nobody is writing."""
    return Q(document__published=False) | Q(edition__lt=F("document__edition"))


def clear_stale() -> int:
    """Deletes such passages, a few thousand at a time; returns how many there were."""
    removed = 0
    while ids := list(Chunk.objects.filter(stale()).values_list("pk", flat=True)[: write.AT_ONCE]):
        with transaction.atomic():
            removed += write.remove(Chunk.objects.filter(stale(), pk__in=ids), locked_versions())
        if Chunk.objects.filter(pk__in=ids).exists():
            # Of a version that is closed; it goes as a whole.
            break
    return removed

"""Vectors for the passages that wait for theirs, a batch at a time."""

import logging

import numpy as np
from django.db import transaction
from django.db.models import F, QuerySet

from integrations.text.markdown import plain_text
from knowledge.dense import pgvector
from knowledge.encoders import Encoder, EncoderMissing, Vectors, encoder_for
from knowledge.encoders.background import SENTENCES
from knowledge.indexing.leases import renew
from knowledge.indexing.versions import OPEN_STATES
from knowledge.models import Chunk, IndexVersion, PendingVector, Vector

logger = logging.getLogger(__name__)


class WrongDimensions(EncoderMissing):
    """The model makes other vectors than those that the version has: it was replaced under the same name."""


def embed_pending(version: IndexVersion, *, limit: int) -> int:
    """Makes up to `limit` vectors of a version whose lease this worker holds; returns how many passages were dealt
    with. Raises EncoderMissing and LeaseLost."""
    encoder = encoder_for(version.encoder)
    if version.background is None:
        _store_background(version, encoder)
    dealt = 0
    while dealt < limit:
        waiting = PendingVector.objects.filter(index=version).order_by("chunk_id")
        ids = list(waiting.values_list("chunk_id", flat=True)[: encoder.batch])
        if not ids:
            break
        chunks = list(
            Chunk.objects.select_related("document").only("heading", "text", "document__title").filter(pk__in=ids)
        )
        _store(version, ids, chunks, encoder.passages([text_of(chunk) for chunk in chunks]) if chunks else None)
        dealt += len(ids)
    return dealt


def _store_background(version: IndexVersion, encoder: Encoder) -> None:
    vectors = encoder.passages(SENTENCES)
    renew(_mine(version), background=vectors.astype("<f2").tobytes(), dimensions=_dimensions(version, vectors))


def _mine(version: IndexVersion) -> QuerySet[IndexVersion]:
    return IndexVersion.objects.filter(pk=version.pk, state__in=OPEN_STATES, worker=version.worker)


def text_of(chunk: Chunk) -> str:
    """What a passage says, with the headings that it stands under."""
    return f"{chunk.document.title}. {chunk.heading}\n{plain_text(chunk.text)}"


def _store(version: IndexVersion, ids: list[int], chunks: list[Chunk], vectors: Vectors | None) -> None:
    with transaction.atomic():
        locked = IndexVersion.objects.select_for_update().get(pk=version.pk)
        # Deleted while its vector was made.
        alive = set(Chunk.objects.filter(pk__in=ids).values_list("pk", flat=True))
        pairs = [(chunk.pk, row) for chunk, row in zip(chunks, vectors if vectors is not None else [], strict=True)]
        rows = [Vector(chunk_id=pk, index=locked, data=row.astype("<f2").tobytes()) for pk, row in pairs if pk in alive]
        dimensions = _dimensions(locked, vectors)
        renew(_mine(version), vectors=F("vectors") + len(rows), revision=F("revision") + 1, dimensions=dimensions)
        Vector.objects.bulk_create(rows)
        PendingVector.objects.filter(chunk__in=ids).delete()
        pgvector.store({pk: row for pk, row in pairs if pk in alive})


def _dimensions(version: IndexVersion, vectors: Vectors | None) -> int | None:
    if vectors is None:
        return version.dimensions
    found = int(np.shape(vectors)[1])
    if version.dimensions not in {None, found}:
        raise WrongDimensions(f"{version.encoder} makes vectors of {found} numbers, the index has {version.dimensions}")
    return found

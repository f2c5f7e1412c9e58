"""The worker's steps on index versions: copy documents into a new one, make vectors, swap, clear away the old."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from knowledge.choices import IndexState
from knowledge.dense import pgvector
from knowledge.encoders import EncoderMissing
from knowledge.indexing import write
from knowledge.indexing.documents import copy_document
from knowledge.indexing.embed import WrongDimensions, embed_pending
from knowledge.indexing.leases import LEASE, LeaseLost, free, release, worker_name
from knowledge.indexing.versions import (
    GRACE,
    OPEN_STATES,
    TEXT_RULES,
    BuildInProgress,
    activate,
    after_cursor,
    begin_build,
    building_version,
)
from knowledge.models import Chunk, IndexVersion, PendingVector, Term

DOCUMENTS = 20
VECTORS = 512
# A model that cannot be reached is asked again after so long.
PAUSE = timedelta(seconds=30)


def claim_version() -> IndexVersion | None:
    """An open version with work to do on which nobody works: the live one first."""
    now = timezone.now()
    for version in IndexVersion.objects.filter(free(), state__in=OPEN_STATES).order_by("-state", "pk"):
        if not _has_work(version):
            continue
        mine = IndexVersion.objects.filter(free(), pk=version.pk, state__in=OPEN_STATES)
        if mine.update(lease_until=now + LEASE, worker=worker_name()):
            return IndexVersion.objects.get(pk=version.pk)
    return None


def _has_work(version: IndexVersion) -> bool:
    return version.state == IndexState.BUILDING or PendingVector.objects.filter(index=version).exists()


def work_on(version: IndexVersion) -> None:
    """One step: some documents copied, some vectors made, or the swap. Ends the lease; raises LeaseLost."""
    try:
        _step(version)
    except WrongDimensions as error:
        _rest(version, error)
        _build_anew(version)
    except EncoderMissing as error:
        _rest(version, error)
    except LeaseLost:
        raise
    else:
        release(version, error="")


def renew_outdated() -> None:
    """After an update of the product: what was cut and bent by older rules is built anew, beside what is live."""
    outdated = IndexVersion.objects.filter(state=IndexState.LIVE, text_rules__lt=TEXT_RULES).first()
    if outdated is not None and building_version() is None:
        _build_anew(outdated)


def _rest(version: IndexVersion, error: EncoderMissing) -> None:
    """Leaves the version alone for a while, so that others get their turn. Words alone answer meanwhile."""
    IndexVersion.objects.filter(pk=version.pk).update(error=str(error)[:500], lease_until=timezone.now() + PAUSE)


def _step(version: IndexVersion) -> None:
    if version.state == IndexState.BUILDING and _copy_some(version):
        return
    if version.encoder and embed_pending(version, limit=VECTORS) >= VECTORS:
        return
    version.refresh_from_db(fields=["dimensions"])
    pgvector.ensure_index(version)
    if version.state == IndexState.BUILDING:
        activate(version)


def _copy_some(version: IndexVersion) -> bool:
    """Copies the next documents; False when there were none."""
    documents = list(after_cursor(version)[:DOCUMENTS])
    for document in documents:
        copy_document(document, version)
        IndexVersion.objects.filter(pk=version.pk).update(cursor=document.pk)
    return bool(documents)


def _build_anew(version: IndexVersion) -> None:
    """The model behind a name makes other vectors than before: a version of its own, and no mixture."""
    if version.state == IndexState.BUILDING:
        IndexVersion.objects.filter(pk=version.pk).update(
            state=IndexState.FAILED, retired_at=timezone.now(), error="The model changed while the index was built."
        )
        return
    try:
        begin_build(version.encoder)
    except BuildInProgress:
        return


def clear_closed() -> int:
    """Deletes passages of versions that no search can be reading any more; returns how many. The rows stay."""
    before = timezone.now() - GRACE
    closed = IndexVersion.objects.filter(state__in=(IndexState.RETIRED, IndexState.FAILED), retired_at__lt=before)
    return sum(_clear(version) for version in closed.filter(passages__isnull=False).distinct())


def _clear(version: IndexVersion) -> int:
    pgvector.drop_index(version)
    Term.objects.filter(index=version).delete()
    removed = 0
    while ids := list(Chunk.objects.filter(index=version).values_list("pk", flat=True)[: write.AT_ONCE]):
        with transaction.atomic():
            write.discard(ids)
        removed += len(ids)
    return removed

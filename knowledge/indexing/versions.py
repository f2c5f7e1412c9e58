"""Which index version is live, which is being built, and the swap of the two."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.remember import forget, remembered
from knowledge.choices import IndexState
from knowledge.models import Document, IndexVersion, PendingVector

# Raised when chunking or base forms change: what was indexed by older rules is then built anew.
TEXT_RULES = 2
# A search that has just read which version is live may use the former one for so long.
GRACE = timedelta(seconds=60)
OPEN_STATES = (IndexState.LIVE, IndexState.BUILDING)


class BuildInProgress(Exception):
    """A version is being built already."""


def live_version() -> IndexVersion | None:
    """The version that search reads, as it was less than a second ago; None while nothing was ever published."""
    return remembered(("live index",), lambda: IndexVersion.objects.filter(state=IndexState.LIVE).first())


def building_version() -> IndexVersion | None:
    return IndexVersion.objects.filter(state=IndexState.BUILDING).first()


def locked_versions() -> list[IndexVersion]:
    """The versions that take changes, locked until the transaction's end; there is a live one afterwards.

    One change of an index at a time: counts are read and written back, and no two lock terms crosswise.
    """
    found = _lock_open()
    if any(version.state == IndexState.LIVE for version in found):
        return found
    _ensure_live()
    return _lock_open()


def _lock_open() -> list[IndexVersion]:
    rows = IndexVersion.objects.select_for_update().filter(state__in=OPEN_STATES).order_by("pk")
    return list(rows.defer("background"))


def _ensure_live() -> None:
    version = IndexVersion(
        state=IndexState.LIVE,
        encoder=settings.KNOWLEDGE_ENCODER,
        text_rules=TEXT_RULES,
        activated_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            version.save()
    except IntegrityError:
        # Another process of the same start was quicker.
        return


def begin_build(encoder: str) -> IndexVersion:
    """A new version beside the live one; the worker fills it and swaps them. Raises BuildInProgress."""
    try:
        with transaction.atomic():
            locked_versions()
            return IndexVersion.objects.create(state=IndexState.BUILDING, encoder=encoder, text_rules=TEXT_RULES)
    except IntegrityError as error:
        raise BuildInProgress from error


def cancel_build() -> bool:
    """Gives up the version that is being built; its passages are cleared away by the worker."""
    now = timezone.now()
    return bool(
        IndexVersion.objects.filter(state=IndexState.BUILDING).update(
            state=IndexState.FAILED, error="", retired_at=now, lease_until=None
        )
    )


def activate(version: IndexVersion) -> bool:
    """Makes a version live when it lacks nothing; one transaction, so that every search sees the one or the other."""
    with transaction.atomic():
        versions = {found.pk: found for found in locked_versions()}
        mine = versions.get(version.pk)
        if mine is None or mine.state != IndexState.BUILDING or not _is_complete(mine):
            return False
        now = timezone.now()
        former = next(found for found in versions.values() if found.state == IndexState.LIVE)
        IndexVersion.objects.filter(pk=former.pk).update(state=IndexState.RETIRED, retired_at=now)
        calibration = former.calibration if former.encoder == mine.encoder else {}
        IndexVersion.objects.filter(pk=mine.pk).update(
            state=IndexState.LIVE, activated_at=now, calibration=mine.calibration or calibration, lease_until=None
        )
    forget()
    return True


def _is_complete(version: IndexVersion) -> bool:
    """Whether all documents were gone through; those published meanwhile were written into it at once."""
    if PendingVector.objects.filter(index=version).exists():
        return False
    return not after_cursor(version).exists()


def after_cursor(version: IndexVersion) -> QuerySet[Document]:
    """The published documents that are still to be copied into a version that is being built."""
    published = Document.objects.filter(published=True).order_by("pk")
    return published.filter(pk__gt=version.cursor) if version.cursor else published

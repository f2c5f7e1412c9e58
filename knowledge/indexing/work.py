"""What is to be done, one step after the other, until nothing is left or the time is over."""

import logging
import time
from collections.abc import Callable

from django.utils import timezone

from knowledge.choices import DocumentState
from knowledge.indexing.build import claim_version, clear_closed, renew_outdated, work_on
from knowledge.indexing.documents import clear_stale, index_document
from knowledge.indexing.leases import LEASE, LeaseLost, free
from knowledge.models import Document
from knowledge.services.reading import read_document

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
# Further kinds of work register here: each does one step and says whether there was one.
STEPS: list[Callable[[], bool]] = []


def work_for(seconds: float) -> bool:
    """Works until nothing is left (False) or `seconds` are over (True)."""
    until = time.monotonic() + seconds
    # Each kind of work gets its turn, also while another has much to do.
    while sum(_safely(step) for step in (read_next, index_next, *STEPS, build_next)):
        if time.monotonic() >= until:
            return True
    clear_stale()
    clear_closed()
    return False


def work_all() -> None:
    """Works until nothing is left; for commands and tests."""
    while work_for(3600.0):
        pass


def _safely(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except LeaseLost:
        return True


def build_next() -> bool:
    """A step on an index version."""
    renew_outdated()
    version = claim_version()
    if version is None:
        return False
    work_on(version)
    return True


def index_next() -> bool:
    """The next edition of a long document."""
    document = claim_document(DocumentState.INDEXING)
    if document is None:
        return False
    try:
        index_document(document)
    except LeaseLost:
        raise
    except Exception:
        logger.exception("document %s cannot be indexed", document.pk)
        _fail(document)
    return True


def read_next() -> bool:
    """An uploaded file that waits to be read."""
    document = claim_document(DocumentState.WAITING)
    if document is None:
        return False
    try:
        read_document(document)
    except LeaseLost:
        raise
    except Exception:
        logger.exception("the file of document %s cannot be read", document.pk)
        _fail(document)
    return True


def claim_document(state: DocumentState) -> Document | None:
    """A document in `state`, now this worker's; one that has killed its workers is given up."""
    for document in Document.objects.filter(free(), state=state).order_by("updated_at", "pk").defer("body")[:10]:
        if document.attempts >= MOST_ATTEMPTS:
            _fail(document)
            continue
        taken = Document.objects.filter(free(), pk=document.pk, state=state).update(
            lease_until=timezone.now() + LEASE, attempts=document.attempts + 1
        )
        if taken:
            found: Document = Document.objects.get(pk=document.pk)
            return found
    return None


def _fail(document: Document) -> None:
    Document.objects.filter(pk=document.pk).update(state=DocumentState.FAILED, error="internal", lease_until=None)

"""What is still to be done, and doing it here instead of waiting for the workers."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from knowledge.choices import WORK_STATES, IndexState
from knowledge.indexing.versions import OPEN_STATES, after_cursor, building_version
from knowledge.indexing.work import work_for
from knowledge.models import Document, IndexVersion, PendingVector

# Between two looks at the figures.
SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left: documents to be read or indexed, documents to be copied into a new version, vectors."""

    documents: int = 0
    copies: int = 0
    vectors: int = 0
    builds: int = 0

    @property
    def total(self) -> int:
        return self.documents + self.copies + self.vectors + self.builds


def rest() -> Rest:
    version = building_version()
    return Rest(
        documents=Document.objects.filter(state__in=WORK_STATES).count(),
        copies=after_cursor(version).count() if version else 0,
        vectors=PendingVector.objects.filter(index__state__in=OPEN_STATES).count(),
        builds=IndexVersion.objects.filter(state=IndexState.BUILDING).count(),
    )


def obstacle() -> str:
    """Why an open version gets no further now; empty when nothing is known to be in the way."""
    found = IndexVersion.objects.filter(state__in=OPEN_STATES).exclude(error="").values_list("error", flat=True)
    return found.first() or ""


def work_through(tell: Callable[[Rest], None], *, is_stopped: Callable[[], bool] = lambda: False) -> Rest:
    """Works, beside the workers, until nothing is left, something is in the way or `is_stopped`; returns the rest."""
    left = rest()
    while left.total and not is_stopped():
        tell(left)
        is_busy = work_for(SECONDS)
        left = rest()
        if not is_busy and left.total:
            if obstacle():
                break
            # Others have it in hand.
            time.sleep(SECONDS)
    tell(left)
    return left

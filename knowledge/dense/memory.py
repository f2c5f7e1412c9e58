"""The nearest vectors from an index in this process: exact, and rebuilt from the database whenever it is lost.

Vectors are only ever added, in the order of their ids (the version's row is locked meanwhile), so a process that is
behind reads what is new. Deleted passages stay until they are many: a search drops what the database no longer has.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import Any

import numpy as np
from django.db import close_old_connections, connection
from numpy.typing import NDArray

from knowledge.models import IndexVersion, Vector

logger = logging.getLogger(__name__)

# Rows read at once.
ROWS = 5000
# With more vectors than this to read, the search does not wait: words alone answer until they are there.
WAITED_FOR = 20_000
# The index is read anew once so many of its rows, and this share, have turned out to be deleted.
MOST_GONE = 500
GONE_SHARE = 0.1
# The live version and the one before it.
VERSIONS = 2

Hit = tuple[int, float]


class Loading(Exception):
    """The vectors are being read into this process."""


class MemoryIndex:
    """The vectors of one version of the index: `ids[i]` is the passage of row i."""

    def __init__(self, dimensions: int) -> None:
        self.ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._rows: NDArray[np.float32] = np.empty((0, dimensions), np.float32)
        self._last = 0
        self.revision = -1
        self._gone: set[int] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.ids)

    def refresh(self, version: IndexVersion) -> None:
        """Reads the vectors that were added since."""
        with self._lock:
            if self.revision >= version.revision:
                return
            if self._is_worn():
                self._forget()
            while rows := list(self._after(version)[:ROWS]):
                self._append(rows)
            self.revision = version.revision

    def _after(self, version: IndexVersion) -> Any:
        added = Vector.objects.filter(index=version, pk__gt=self._last).order_by("pk")
        return added.values_list("pk", "chunk_id", "data")

    def _append(self, rows: list[tuple[int, int, bytes]]) -> None:
        count = len(self.ids)
        if count + len(rows) > len(self._rows):
            room = max(2 * len(self._rows), count + len(rows), 64)
            grown = np.empty((room, self._rows.shape[1]), np.float32)
            grown[:count] = self._rows[:count]
            self._rows = grown
        data = np.frombuffer(b"".join(bytes(row[2]) for row in rows), "<f2").reshape(len(rows), -1)
        self._rows[count : count + len(rows)] = data
        self._last = rows[-1][0]
        # Last: a search on another thread looks at no row before its number is known.
        self.ids = np.concatenate([self.ids, np.array([row[1] for row in rows], np.int64)])

    def _is_worn(self) -> bool:
        return len(self._gone) > max(MOST_GONE, GONE_SHARE * len(self.ids))

    def _forget(self) -> None:
        self.ids, self._last, self._gone = self.ids[:0], 0, set()

    def nearest(self, vector: NDArray[np.float32], limit: int, *, among: Collection[int] | None = None) -> list[Hit]:
        """The passages most like `vector` with their likeness, the best first; `among` are the only ones that count."""
        ids = self.ids
        likeness = self._rows[: len(ids)] @ vector
        if among is not None:
            likeness = np.where(np.isin(ids, np.fromiter(among, np.int64, len(among))), likeness, -np.inf)
        count = min(limit, len(ids))
        if not count:
            return []
        best = np.argpartition(-likeness, count - 1)[:count]
        best = best[np.lexsort((ids[best], -likeness[best]))]
        return [(int(ids[row]), float(likeness[row])) for row in best if np.isfinite(likeness[row])]

    def likeness(self, vector: NDArray[np.float32], passages: Collection[int]) -> dict[int, float]:
        """How like `vector` these passages are, as far as their vectors are here."""
        ids = self.ids
        rows = np.flatnonzero(np.isin(ids, np.fromiter(passages, np.int64, len(passages))))
        return dict(zip(ids[rows].tolist(), (self._rows[rows] @ vector).tolist(), strict=True))

    def note_gone(self, passages: Collection[int]) -> None:
        """These are deleted; once they are many the next refresh reads everything anew."""
        self._gone.update(passages)


def _is_readable_elsewhere() -> bool:
    """Another connection sees nothing of an open transaction."""
    return not connection.in_atomic_block


class Indexes:
    """The indexes of this process, by version."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, MemoryIndex] = OrderedDict()
        self._loading: set[int] = set()
        self._lock = threading.Lock()

    def of(self, version: IndexVersion) -> MemoryIndex:
        """The up-to-date index of `version`; raises Loading while many vectors are still to be read."""
        with self._lock:
            index = self._known.get(version.pk)
            is_behind = index is None or version.vectors - len(index) > WAITED_FOR
            if index is None or index.revision < version.revision:
                if is_behind and version.vectors > WAITED_FOR and _is_readable_elsewhere():
                    self._load_beside(version)
                    raise Loading
                index = index or self._add(version)
        index.refresh(version)
        return index

    def _add(self, version: IndexVersion) -> MemoryIndex:
        index = self._known[version.pk] = MemoryIndex(version.dimensions or 0)
        while len(self._known) > VERSIONS:
            self._known.popitem(last=False)
        return index

    def _load_beside(self, version: IndexVersion) -> None:
        if version.pk in self._loading:
            return
        self._loading.add(version.pk)
        threading.Thread(target=self._load, args=(version,), name="vectors", daemon=True).start()

    def _load(self, version: IndexVersion) -> None:
        index = MemoryIndex(version.dimensions or 0)
        try:
            index.refresh(version)
            with self._lock:
                self._known[version.pk] = index
                while len(self._known) > VERSIONS:
                    self._known.popitem(last=False)
        except Exception:
            logger.exception("the vectors of index version %s cannot be read", version.pk)
        finally:
            with self._lock:
                self._loading.discard(version.pk)
            close_old_connections()

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


indexes = Indexes()

"""The nearest vectors from an index in this process, rebuilt from the database whenever it is lost.

Up to EXACT vectors all are compared. Above, CANDIDATES are found in the directions in which the vectors differ most,
which takes a third of the time, and compared by all of their numbers; of the 50 nearest, 99.6 % are among them.

Vectors are only ever added, in the order of their ids (the version's row is locked meanwhile), so a process that is
behind reads what is new. Deleted passages stay until they are many: a search drops what the database no longer has.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from django.db import close_old_connections, connection
from numpy.typing import NDArray

from knowledge.models import IndexVersion, Vector

logger = logging.getLogger(__name__)

EXACT = 20_000
ENOUGH = 0.8
CANDIDATES = 1000
# Vectors that the directions are taken from, and parts in which all are turned: less memory at once.
SAMPLE = 20_000
PARTS = 16
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


@dataclass(frozen=True, slots=True)
class Table:
    """The vectors of passages: row i is that of passage `ids[i]`. Additions make a new table; spare room is shared.

    With `basis` (dimensions, fewer) the columns of `short` are the rows in its directions, to find candidates by;
    without, the whole rows. One direction after the other is compared twice as quickly as one row after the other.
    """

    ids: NDArray[np.int64]
    rows: NDArray[np.float16]
    short: NDArray[np.float32]
    basis: NDArray[np.float32] | None = None
    # As passages are written, so are their vectors; then a few of many are found without looking at all.
    ascending: bool = True

    @classmethod
    def empty(cls, dimensions: int) -> "Table":
        return cls(np.empty(0, np.int64), np.empty((0, dimensions), np.float16), np.empty((dimensions, 0), np.float32))

    def added(self, ids: Sequence[int], rows: NDArray[np.float16]) -> "Table":
        before, count = len(self.ids), len(self.ids) + len(ids)
        new = np.array(ids, np.int64)
        follows = not before or new[0] > self.ids[-1]
        whole = Table(
            np.concatenate([self.ids, new]),
            _with_room(self.rows, before, count),
            _with_room(self.short.T, before, count, order="F").T,
            self.basis,
            self.ascending and bool(follows and (np.diff(new) > 0).all()),
        )
        whole.rows[before:count] = rows
        if self.basis is None and count > EXACT:
            return whole._shortened()
        whole.short[:, before:count] = (rows if self.basis is None else rows @ self.basis).T
        return whole

    def _shortened(self) -> "Table":
        """The same, with the directions in which the vectors differ most."""
        rows = self.rows[: len(self.ids)]
        basis = _directions(rows[:: max(1, len(rows) // SAMPLE)].astype(np.float32))
        return replace(self, short=np.hstack([(part @ basis).T for part in np.array_split(rows, PARTS)]), basis=basis)

    def nearest(self, vector: NDArray[np.float32], limit: int, *, among: Collection[int] | None) -> list[Hit]:
        count = len(self.ids)
        candidates = np.arange(count) if among is None else self._places(among)
        if self.basis is not None and len(candidates) > CANDIDATES:
            roughly = (self.basis.T @ vector) @ self.short[:, :count]
            roughly = roughly if among is None else roughly[candidates]
            candidates = candidates[np.argpartition(roughly, -CANDIDATES)[-CANDIDATES:]]
        likeness = self._likeness(vector, candidates)
        ids = self.ids[candidates]
        if limit < len(ids):
            best = np.argpartition(likeness, -limit)[-limit:]
            ids, likeness = ids[best], likeness[best]
        order = np.lexsort((ids, -likeness))
        return list(zip(ids[order].tolist(), likeness[order].tolist(), strict=True))

    def likeness(self, vector: NDArray[np.float32], passages: Collection[int]) -> dict[int, float]:
        places = self._places(passages)
        return dict(zip(self.ids[places].tolist(), self._likeness(vector, places).tolist(), strict=True))

    def _likeness(self, vector: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
        if self.basis is not None:
            return self.rows[places].astype(np.float32) @ vector
        everything = len(places) == len(self.ids)
        return vector @ (self.short[:, : len(self.ids)] if everything else self.short[:, places])

    def _places(self, passages: Collection[int]) -> NDArray[np.int64]:
        wanted = np.fromiter(passages, np.int64, len(passages))
        if not self.ascending:
            return np.flatnonzero(np.isin(self.ids, wanted))
        wanted = np.unique(wanted)
        wanted = wanted[wanted <= (self.ids[-1] if len(self.ids) else -1)]
        places: NDArray[np.int64] = np.searchsorted(self.ids, wanted)
        found: NDArray[np.int64] = places[self.ids[places] == wanted]
        return found


def _directions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """A quarter of all, or as many as hold ENOUGH of the variance. What all rows have in common changes no order."""
    apart = rows - rows.mean(axis=0)
    variances, directions = np.linalg.eigh(apart.T @ apart)
    held = np.cumsum(variances[::-1]) / variances.sum()
    count = max(rows.shape[1] // 4, 1 + int(np.searchsorted(held, ENOUGH)))
    return np.ascontiguousarray(directions[:, ::-1][:, :count])


def _with_room[Number: (np.float16, np.float32)](
    rows: NDArray[Number], used: int, needed: int, *, order: Literal["C", "F"] = "C"
) -> NDArray[Number]:
    if needed <= len(rows):
        return rows
    grown = np.empty((max(2 * len(rows), needed, 64), rows.shape[1]), rows.dtype, order)
    grown[:used] = rows[:used]
    return grown


class MemoryIndex:
    """The vectors of one version of the index."""

    def __init__(self, dimensions: int) -> None:
        self._table = Table.empty(dimensions)
        self._dimensions = dimensions
        self._last = 0
        self.revision = -1
        self._gone: set[int] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._table.ids)

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
        data = np.frombuffer(b"".join(bytes(row[2]) for row in rows), "<f2").reshape(len(rows), -1)
        self._table = self._table.added([row[1] for row in rows], data)
        self._last = rows[-1][0]

    def _is_worn(self) -> bool:
        return len(self._gone) > max(MOST_GONE, GONE_SHARE * len(self))

    def _forget(self) -> None:
        self._table, self._last, self._gone = Table.empty(self._dimensions), 0, set()

    def nearest(self, vector: NDArray[np.float32], limit: int, *, among: Collection[int] | None = None) -> list[Hit]:
        """The passages most like `vector` with their likeness, the best first; `among` are the only ones that count."""
        return self._table.nearest(vector, limit, among=among)

    def likeness(self, vector: NDArray[np.float32], passages: Collection[int]) -> dict[int, float]:
        """How like `vector` these passages are, as far as their vectors are here."""
        return self._table.likeness(vector, passages)

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

"""One person's memories, ready to be searched in this process: words, vectors, and what is to be shown.

An index holds nobody else's rows, so that no filter can be forgotten. It is brought up to date by the revision of the
person's account: rows of a later revision are read, and everything is read anew once something was taken away.
"""

import math
import sys
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from chat.memory.choices import RECALLED, MemoryCategory
from chat.memory.holders import Holder
from chat.memory.models import Memory

Floats = NDArray[np.floating[Any]]

COLUMNS = (
    "pk", "text", "terms", "category", "importance", "pinned", "validation", "created_at", "encoder", "vector",
)  # fmt: skip
READ_AT_ONCE = 2000
# What BM25 makes of texts that are all about as short.
K1 = 1.2
B = 0.3
# An index counts as if it held so many memories, as the knowledge base does: in a small one every word would be rare.
SMALLEST = 100
# Rows that are no longer valid, before all are read anew.
WORN_ROWS = 200
WORN_SHARE = 0.25


@dataclass(slots=True)
class Entry:
    """A memory as the index knows it."""

    id: UUID
    text: str
    category: str
    importance: float
    pinned: bool
    recalled: bool
    created_at: datetime

    @property
    def weight(self) -> float:
        return 0.5 + 0.5 * self.importance

    @property
    def is_standing(self) -> bool:
        """Wanted in every answer, whatever the question."""
        return self.recalled and (self.pinned or self.category == MemoryCategory.INSTRUCTION)


class PersonIndex:
    """Not safe for use by several threads at once without `lock`."""

    def __init__(self, encoder: str = "") -> None:
        self.encoder = encoder
        self.revision = 0
        self.lock = threading.RLock()
        self.entries: list[Entry] = []
        self._place: dict[UUID, int] = {}
        self._terms: list[str] = []
        self._postings: dict[str, array[int]] = {}
        self._lengths: Floats = np.zeros(64, np.float32)
        # A row is alive until its memory is changed, and recalled when it may enter prompts.
        self._alive: NDArray[np.bool_] = np.zeros(64, np.bool_)
        self._recalled: NDArray[np.bool_] = np.zeros(64, np.bool_)
        self._has_vector: NDArray[np.bool_] = np.zeros(64, np.bool_)
        self._vectors: Floats = np.zeros((64, 0), np.float32)
        self._standing: set[int] = set()
        self._text_bytes = self._posted = 0

    def __len__(self) -> int:
        return len(self._place)

    @property
    def size(self) -> int:
        """About what the index takes; containers of Python are counted at their usual price."""
        postings = self._posted * 4 + len(self._postings) * 200
        return self._vectors.nbytes + self._text_bytes + len(self.entries) * 400 + postings

    @property
    def is_worn(self) -> bool:
        gone = len(self.entries) - len(self._place)
        return gone > max(WORN_ROWS, WORN_SHARE * len(self.entries))

    def read(self, holder: Holder, *, upto: int) -> None:
        """Takes in what was written since; the index is then as of revision `upto`."""
        rows = Memory.objects.of(holder).filter(revision__gt=self.revision).order_by("revision", "pk")
        for row in rows.values_list(*COLUMNS).iterator(chunk_size=READ_AT_ONCE):
            self._put(*row)
        self.revision = max(self.revision, upto)

    def add(self, memory: Memory) -> None:
        """Takes in one that is being written."""
        self._put(*(getattr(memory, name) for name in COLUMNS))

    def _put(
        self, pk: UUID, text: str, terms: str, category: str, importance: float, pinned: bool, validation: str,
        created_at: datetime, encoder: str, vector: Any,
    ) -> None:  # fmt: skip
        entry = Entry(pk, text, category, importance, pinned, validation in RECALLED, created_at)
        row = self._place.get(pk)
        if row is not None and self._terms[row] != terms:
            self._drop(row)
            row = None
        if row is None:
            row = self._append(entry, terms)
        self.entries[row] = entry
        self._recalled[row] = entry.recalled
        self._standing.discard(row)
        if entry.is_standing:
            self._standing.add(row)
        self._set_vector(row, bytes(vector) if vector and encoder == self.encoder else b"")

    def _append(self, entry: Entry, terms: str) -> int:
        row = len(self.entries)
        self._make_room(row + 1)
        self.entries.append(entry)
        words = terms.split()
        self._terms.append(terms)
        for word in words:
            self._postings.setdefault(sys.intern(word), array("I")).append(row)
        self._posted += len(words)
        self._lengths[row] = len(words)
        self._alive[row] = True
        self._place[entry.id] = row
        self._text_bytes += 2 * (len(entry.text) + len(terms))
        return row

    def _drop(self, row: int) -> None:
        self._alive[row] = self._recalled[row] = self._has_vector[row] = False
        self._standing.discard(row)
        self.entries[row].text = ""

    def _make_room(self, rows: int) -> None:
        if rows <= len(self._alive):
            return
        more = max(rows, 2 * len(self._alive)) - len(self._alive)
        for name in ("_lengths", "_alive", "_recalled", "_has_vector"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, getattr(self, name).dtype)]))
        # Also for rows whose vectors are still to be made.
        self._vectors = np.concatenate([self._vectors, np.zeros((more, self._vectors.shape[1]), np.float32)])

    def _set_vector(self, row: int, data: bytes) -> None:
        self._has_vector[row] = False
        if not data:
            return
        numbers = np.frombuffer(data, "<f2").astype(np.float32)
        if self._vectors.shape[1] != len(numbers):
            if self._has_vector.any():
                return
            self._vectors = np.zeros((len(self._alive), len(numbers)), np.float32)
        self._vectors[row] = numbers
        self._has_vector[row] = True

    # Searching

    def standing(self, limit: int) -> list[Entry]:
        """Pinned ones and instructions, the weightiest first."""
        found = [self.entries[row] for row in self._standing]
        return sorted(found, key=lambda entry: (not entry.pinned, -entry.importance, -entry.created_at.timestamp()))[
            :limit
        ]

    def weights(self, words: Iterable[str]) -> dict[str, float]:
        """What each word of a question weighs: the rarer among the memories, the more."""
        total = max(len(self._place), SMALLEST)
        counts = {word: min(len(self._postings.get(word, ())), total) for word in words}
        return {word: math.log(1 + (total - count + 0.5) / (count + 0.5)) for word, count in counts.items()}

    def by_words(self, weights: dict[str, float]) -> tuple[Floats, Floats]:
        """For each row its BM25 score, and the share (0..1) of the question's weight that it holds."""
        size = len(self.entries)
        scores, shares = np.zeros(size, np.float32), np.zeros(size, np.float32)
        average = float(self._lengths[:size].mean()) or 1.0
        factor = (K1 + 1) / (1 + K1 * (1 - B + B * self._lengths[:size] / average))
        for word, weight in weights.items():
            if word in self._postings:
                rows = np.frombuffer(self._postings[word], np.uint32)
                scores[rows] += weight * factor[rows]
                shares[rows] += weight
        whole = sum(weights.values())
        allowed = self._recalled[:size]
        return scores * allowed, shares * allowed / (whole or 1.0)

    def by_meaning(self, vector: Floats) -> Floats:
        """For each row its likeness to `vector`; -inf where there is none to tell."""
        size = len(self.entries)
        known = self._has_vector[:size] & self._recalled[:size]
        if not known.any() or self._vectors.shape[1] != len(vector):
            return np.full(size, -np.inf, np.float32)
        found: Floats = np.where(known, self._vectors[:size] @ vector, -np.inf).astype(np.float32)
        return found

    def alike(self, words: Sequence[str], limit: int) -> list[UUID]:
        """The memories that share most words with these, recalled or not."""
        size = len(self.entries)
        shared = np.zeros(size, np.float32)
        for word in set(words):
            if word in self._postings:
                shared[np.frombuffer(self._postings[word], np.uint32)] += 1
        weighed = shared * self._alive[:size] / np.sqrt(np.maximum(self._lengths[:size], 1))
        rows = best_rows(weighed, limit)
        return [self.entries[row].id for row in rows]


def best_rows(values: Floats, limit: int) -> list[int]:
    """The rows with the highest values above zero, the best first; rows of the same value by their age."""
    found = np.flatnonzero(values > 0)
    if len(found) > limit:
        found = found[np.argpartition(-values[found], limit - 1)[:limit]]
    order = np.lexsort((found, -values[found]))
    return [int(row) for row in found[order]]


class Indexes:
    """The indexes of this process, those used last, within MEMORY_INDEX_MEGABYTES."""

    def __init__(self) -> None:
        self._known: OrderedDict[Holder, PersonIndex] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, holder: Holder, *, revision: int, floor: int, encoder: str) -> PersonIndex:
        """The person's index as of `revision` or later; one query when it is behind, none when it is not."""
        index = self._find(holder, floor, encoder)
        with index.lock:
            if index.revision >= revision:
                return index
            index.read(holder, upto=revision)
        self._trim()
        return index

    def _find(self, holder: Holder, floor: int, encoder: str) -> PersonIndex:
        with self._lock:
            index = self._known.get(holder)
            is_new = index is not None and index.revision == 0
            if index is None or index.encoder != encoder or index.is_worn or (index.revision < floor and not is_new):
                index = self._known[holder] = PersonIndex(encoder)
            self._known.move_to_end(holder)
            return index

    def _trim(self) -> None:
        most = settings.MEMORY_INDEX_MEGABYTES * 1024 * 1024
        with self._lock:
            total = sum(index.size for index in self._known.values())
            while total > most and len(self._known) > 1:
                _, gone = self._known.popitem(last=False)
                total -= gone.size

    def forget(self, holder: Holder) -> None:
        with self._lock:
            self._known.pop(holder, None)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()

    @property
    def size(self) -> int:
        with self._lock:
            return sum(index.size for index in self._known.values())

    def __contains__(self, holder: Holder) -> bool:
        return holder in self._known


indexes = Indexes()

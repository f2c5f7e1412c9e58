"""Passages that mean what the question means, by the live version's vectors."""

import weakref
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NoReturn

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from knowledge.dense import memory, pgvector
from knowledge.encoders import LOCAL, EncoderMissing, query_vector
from knowledge.models import IndexVersion
from knowledge.search.filters import Sql

NEAREST = 50
# With fewer allowed hits than this the passages that are allowed are looked through by themselves.
ENOUGH = 10
# What HNSW looks at; more finds more and takes longer.
EF_SEARCH = 120

Vector = NDArray[np.float32]
Leg = str
OK, OFF, MISSING, LOADING, PENDING = "ok", "off", "model_missing", "loading", "pending"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How the dense leg went, and the passages it found with their likeness, the best first."""

    leg: Leg
    vector: Vector | None = None
    hits: list[tuple[int, float]] = field(default_factory=list)
    mean: float = 0.0
    spread: float = 1.0
    note: str = ""

    def standing(self, likeness: float) -> float:
        """A likeness in standard deviations above that to sentences about anything."""
        return (likeness - self.mean) / self.spread


# One core for this, one for the database.
_beside = ThreadPoolExecutor(max_workers=2, thread_name_prefix="dense-search")
# The question's vector, and the nearest passages where they could be found without asking the database.
Begun = Callable[[], tuple[Vector, list[tuple[int, float]] | None]]


def begun(text: str, version: IndexVersion, *, narrow: bool) -> Begun | None:
    """The search for passages like `text`, which goes on while the caller asks the database; None where there are no
    vectors. A model of a provider is asked when its vector is wanted, since that takes a connection to the database.
    """
    if not version.encoder or not version.vectors:
        return None
    if version.encoder not in LOCAL:
        return partial(_vector_and_hits, version, text, None)
    try:
        index = None if narrow or pgvector.available() else memory.indexes.of(version)
    except memory.Loading:
        return _loading
    return _beside.submit(_vector_and_hits, version, text, index).result


def _loading() -> NoReturn:
    raise memory.Loading


def _vector_and_hits(
    version: IndexVersion, text: str, index: memory.MemoryIndex | None
) -> tuple[Vector, list[tuple[int, float]] | None]:
    vector = query_vector(version.encoder, text)
    fits = index is not None and len(vector) == version.dimensions
    return vector, index.nearest(vector, NEAREST) if index is not None and fits else None


def nearest(question: Begun | None, version: IndexVersion, allowed: Sql, *, narrow: bool) -> Likeness:
    """The passages most like the `begun` question. Never raises: words alone answer where vectors cannot."""
    if question is None:
        return Likeness(PENDING if version.encoder else OFF)
    try:
        vector, hits = question()
        if len(vector) != version.dimensions:
            return Likeness(MISSING, note="dimensions")
        if hits is None:
            hits = _search(vector, version, allowed, narrow)
    except EncoderMissing as error:
        return Likeness(MISSING, note=str(error))
    except memory.Loading:
        return Likeness(LOADING)
    mean, spread = usual(vector, version)
    return Likeness(OK, vector, hits, mean, spread)


def _search(vector: Vector, version: IndexVersion, allowed: Sql, narrow: bool) -> list[tuple[int, float]]:
    if pgvector.available():
        return _in_database(vector, version, allowed)
    return _here(vector, version, allowed, narrow)


def likeness_of(found: Likeness, version: IndexVersion, passages: Collection[int]) -> dict[int, float]:
    """The likeness of passages that other ways found."""
    known = dict(found.hits)
    missing = [pk for pk in passages if pk not in known]
    if found.vector is None or not missing:
        return known
    if pgvector.available():
        return known | _likeness_in_database(found.vector, version, missing)
    return known | memory.indexes.of(version).likeness(found.vector, missing)


def _here(vector: Vector, version: IndexVersion, allowed: Sql, narrow: bool) -> list[tuple[int, float]]:
    index = memory.indexes.of(version)
    if not narrow:
        return index.nearest(vector, NEAREST)
    among = _allowed_ids(allowed)
    return index.nearest(vector, NEAREST, among=among) if among else []


def among_allowed(found: Likeness, version: IndexVersion, allowed: Sql) -> list[tuple[int, float]]:
    """The nearest passages once more, of those that may be found; for scopes that see little of what there is."""
    if found.vector is None or pgvector.available():
        return found.hits
    ids = _allowed_ids(allowed)
    return memory.indexes.of(version).nearest(found.vector, NEAREST, among=ids) if ids else []


def _allowed_ids(allowed: Sql) -> list[int]:
    where, parameters = allowed
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM knowledge_chunk c JOIN knowledge_document d ON d.id = c.document_id WHERE {where}",
            parameters,
        )
        return [row[0] for row in cursor.fetchall()]


def _in_database(vector: Vector, version: IndexVersion, allowed: Sql) -> list[tuple[int, float]]:
    where, parameters = allowed
    size = int(version.dimensions or 0)
    distance = f"v.{pgvector.COLUMN}::halfvec({size}) <#> %s::halfvec({size})"
    text = pgvector.literal(vector)
    sql = (
        f"SELECT v.chunk_id, -({distance}) FROM {pgvector.TABLE} v JOIN knowledge_chunk c ON c.id = v.chunk_id "
        "JOIN knowledge_document d ON d.id = c.document_id "
        f"WHERE v.index_id = %s AND {where} ORDER BY {distance} LIMIT %s"
    )
    with connection.cursor() as cursor:
        _prepare(cursor)
        cursor.execute(sql, [text, version.pk, *parameters, text, NEAREST])
        return [(row[0], float(row[1])) for row in cursor.fetchall()]


def _likeness_in_database(vector: Vector, version: IndexVersion, passages: list[int]) -> dict[int, float]:
    size = int(version.dimensions or 0)
    marks = ", ".join(["%s"] * len(passages))
    sql = (
        f"SELECT chunk_id, -({pgvector.COLUMN}::halfvec({size}) <#> %s::halfvec({size})) FROM {pgvector.TABLE} "
        f"WHERE chunk_id IN ({marks})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [pgvector.literal(vector), *passages])
        return {row[0]: float(row[1]) for row in cursor.fetchall()}


_prepared: weakref.WeakSet[Any] = weakref.WeakSet()


def _prepare(cursor: Any) -> None:
    """Once for each connection: how hard HNSW looks, and that filters make it look further."""
    if cursor.connection in _prepared:
        return
    cursor.execute("SELECT set_config('hnsw.ef_search', %s, false)", [str(EF_SEARCH)])
    cursor.execute("SELECT set_config('hnsw.iterative_scan', 'relaxed_order', false)")
    _prepared.add(cursor.connection)


@lru_cache(maxsize=4)
def _background(version_id: int, data: bytes, dimensions: int) -> Vector:
    return np.frombuffer(data, "<f2").reshape(-1, dimensions).astype(np.float32)


def usual(vector: Vector, version: IndexVersion) -> tuple[float, float]:
    """Mean and spread of the likeness to sentences about anything."""
    if not version.background:
        return 0.0, 1.0
    likeness = _background(version.pk, bytes(version.background), len(vector)) @ vector
    return float(likeness.mean()), max(float(likeness.std()), 1e-3)

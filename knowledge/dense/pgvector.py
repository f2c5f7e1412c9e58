"""Vectors in PostgreSQL, where the extension `vector` is installed.

The column has no fixed dimension: versions of the index may come from different models. Each version has an HNSW
index of its own over the rows that are its own, cast to its dimension, as pgvector's manual recommends.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from knowledge.models import IndexVersion

TABLE = "knowledge_vector"
COLUMN = "embedding"
FILLED_AT_ONCE = 500
# With fewer vectors an exact scan is as quick.
INDEXED_FROM = 5000
# The most that an HNSW index over half-precision numbers can have.
MOST_DIMENSIONS = 4000


def install() -> bool:
    """Adds the column where the extension can be had; returns whether it is there afterwards."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
        row = cursor.fetchone()
        if row is None or _version(row[0]) < (0, 8):
            return False
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
        if cursor.fetchone() is None:
            if not _may_create(cursor):
                return False
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS {COLUMN} halfvec")
    _has_column.cache_clear()
    return True


def fill(progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Fills the column for vectors that were made without it, a batch at a time; returns how many there were."""
    if not available():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE} WHERE {COLUMN} IS NULL")  # noqa: S608
        total = cursor.fetchone()[0]
    done = last = 0
    while rows := _unfilled(after=last):
        with transaction.atomic():
            store({chunk: np.frombuffer(bytes(data), "<f2").astype(np.float32) for _, chunk, data in rows})
        last = rows[-1][0]
        done += len(rows)
        progress(done, total)
    return done


def _unfilled(*, after: int) -> list[tuple[int, int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, chunk_id, data FROM {TABLE} WHERE {COLUMN} IS NULL AND id > %s ORDER BY id LIMIT %s",  # noqa: S608
            [after, FILLED_AT_ONCE],
        )
        return list(cursor.fetchall())


def _may_create(cursor: Any) -> bool:
    """`vector` is a trusted extension: whoever may create things in the database may have it."""
    cursor.execute("SELECT has_database_privilege(current_database(), 'CREATE')")
    return bool(cursor.fetchone()[0])


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


@cache
def _has_column(alias: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = %s", [TABLE, COLUMN]
        )
        return cursor.fetchone() is not None


def available() -> bool:
    """Whether vectors are searched by the database."""
    return connection.vendor == "postgresql" and _has_column(connection.alias, connection.settings_dict["NAME"])


def literal(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(f"{number:.5g}" for number in vector.tolist()) + "]"


def store(vectors: Mapping[int, NDArray[np.float32]]) -> None:
    """Fills the column for stored vectors; keys are passages."""
    if not vectors or not available():
        return
    rows = [(literal(vector), pk) for pk, vector in vectors.items()]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {TABLE} SET {COLUMN} = %s::halfvec WHERE chunk_id = %s", rows)  # noqa: S608


def index_name(version: IndexVersion) -> str:
    return f"knowledge_vector_hnsw_{version.pk}"


def ensure_index(version: IndexVersion) -> None:
    """Builds the version's HNSW index once it has many vectors. Takes a minute for 100,000; readers are not held up."""
    if not available() or not version.dimensions or version.dimensions > MOST_DIMENSIONS:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_class WHERE relname = %s", [index_name(version)])
        if cursor.fetchone() is not None:
            return
        cursor.execute(f"SELECT count(*) FROM {TABLE} WHERE index_id = %s", [version.pk])  # noqa: S608
        if cursor.fetchone()[0] < INDEXED_FROM:
            return
        concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
        cursor.execute(
            f"CREATE INDEX {concurrently} IF NOT EXISTS {index_name(version)} ON {TABLE} "
            f"USING hnsw (({COLUMN}::halfvec({int(version.dimensions)})) halfvec_ip_ops) "
            f"WHERE index_id = {int(version.pk)}"
        )


def drop_index(version: IndexVersion) -> None:
    if available():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {index_name(version)}")

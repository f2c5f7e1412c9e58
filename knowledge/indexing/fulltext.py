"""The database's own full-text index over Chunk.terms.

Terms are matched as they are: no parser or stemmer of the database sees them, so both databases
find the same passages. PostgreSQL keeps a generated tsvector with a GIN index by itself; SQLite has
an FTS5 table that is written here, within the caller's transaction.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

from knowledge.models import Chunk

FTS_TABLE = "knowledge_chunk_fts"
IS_SQLITE = "sqlite"


def add(chunks: Iterable[Chunk]) -> None:
    """Makes saved chunks findable."""
    if connection.vendor != IS_SQLITE:
        return
    rows = [(chunk.pk, chunk.terms) for chunk in chunks]
    with connection.cursor() as cursor:
        # OR REPLACE: after a flush of the database ids start again, and the table still holds the old ones.
        cursor.executemany(f"INSERT OR REPLACE INTO {FTS_TABLE} (rowid, terms) VALUES (%s, %s)", rows)  # noqa: S608


def remove(chunk_ids: Sequence[int]) -> None:
    """Takes chunks out of the index."""
    if connection.vendor != IS_SQLITE:
        return
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {FTS_TABLE} WHERE rowid = %s", [(pk,) for pk in chunk_ids])  # noqa: S608


def any_of(terms: Sequence[str]) -> str:
    """The database's query for passages with at least one of `terms`."""
    return _joined(terms, sqlite=" OR ", postgresql=" | ")


def all_of(terms: Sequence[str]) -> str:
    """The database's query for passages with each of `terms`."""
    return _joined(terms, sqlite=" AND ", postgresql=" & ")


def _joined(terms: Sequence[str], *, sqlite: str, postgresql: str) -> str:
    if connection.vendor == IS_SQLITE:
        return sqlite.join(quoted(term, '"') for term in terms)
    return postgresql.join(quoted(term, "'") for term in terms)


def quoted(term: str, quote: str) -> str:
    return quote + term.replace("\\", "\\\\").replace(quote, quote * 2) + quote

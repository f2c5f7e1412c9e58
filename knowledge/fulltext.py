"""The database's own full-text index over Chunk.terms.

Terms are matched as they are: no parser or stemmer of the database sees them, so both databases
find the same passages. PostgreSQL keeps the index by itself (a GIN index on an expression);
SQLite has an FTS5 table that is written here, within the caller's transaction.
"""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

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


def matching(terms: Sequence[str]) -> QuerySet[Chunk]:
    """The chunks that hold at least one of `terms`."""
    if connection.vendor == IS_SQLITE:
        query = " OR ".join(_quoted(term, '"') for term in terms)
        rows = RawSQL(f"SELECT rowid FROM {FTS_TABLE} WHERE {FTS_TABLE} MATCH %s", [query])  # noqa: S608, S611
        return Chunk.objects.filter(pk__in=rows)
    query = " | ".join(_quoted(term, "'") for term in terms)
    # Spelled exactly as in the index, or PostgreSQL does not use it.
    sql = "array_to_tsvector(string_to_array(knowledge_chunk.terms, ' ')) @@ %s::tsquery"
    return Chunk.objects.filter(RawSQL(sql, [query], output_field=BooleanField()))  # noqa: S611 - parameters only


def _quoted(term: str, quote: str) -> str:
    return quote + term.replace("\\", "\\\\").replace(quote, quote * 2) + quote

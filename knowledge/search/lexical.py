"""Passages that share words with the question: the database finds them, Python ranks them the same on both.

BM25 over base forms, a word in a heading counting more than one in the text, times the share of the question's
weight that the passage covers. A heading that is the question itself helps, and so, lightly, does the asker's
language.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection

from knowledge.indexing import fulltext
from knowledge.models import IndexVersion
from knowledge.models.index import CHUNK_LENGTHS
from knowledge.search.filters import Sql
from knowledge.search.query import Query

K1 = 1.2
B = 0.6
HEADING_WEIGHT = 1.5
# How much a passage gains whose heading says all that was asked and nothing else.
ASKED_HEADING = 1.0
OWN_LANGUAGE = 1.3
HEADING_EVIDENCE = 0.5
# Passages that the database may have to order for one question; its rarest words choose them.
ORDERED = 1000
# Passages ranked here.
MAX_CANDIDATES = 60
# Passages without the rare words, when the frequent ones could answer by themselves.
FREQUENT_CANDIDATES = 40
FREQUENT_SHARE = 0.65
# Times as many passages as are wanted are looked at where some may not be seen.
LOOKED_AT = 2

COLUMNS = "c.id, c.document_id, c.terms, c.heading_terms, c.length, d.language"
Row = tuple[int, object, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Match:
    """A passage beside the question's words. `evidence` (0..1.5) is the share of the question's weight that it holds,
    plus half of the share that its heading holds; `terms` are the weights of the words that it holds."""

    pk: int
    document: object
    language: str
    score: float
    evidence: float
    terms: dict[str, float] = field(default_factory=dict)


def candidates(query: Query, version: IndexVersion, allowed: Sql) -> list[Row]:
    """Rows of the passages worth ranking; two queries at most, each once more for who may see little."""
    chosen, left = _chosen(query)
    if not chosen:
        return []
    if query.counts[chosen[0]] <= ORDERED:
        rows = _found(chosen, query, version, allowed)
    else:
        # Even the rarest word is frequent: it must stand beside the next one, if there is one.
        rows = _found([*chosen, *left[:1]], query, version, allowed, together=True)
    if left and query.share(left) >= FREQUENT_SHARE:
        rows += _found(left, query, version, allowed, together=True, limit=FREQUENT_CANDIDATES)
    return list({row[0]: row for row in rows}.values())


def _chosen(query: Query) -> tuple[list[str], list[str]]:
    """The rarest known terms whose passages stay within ORDERED (at least one), and the other words."""
    chosen: list[str] = []
    total = 0
    by_rarity = sorted(query.counts.items(), key=lambda pair: (pair[1], pair[0]))
    for term, count in by_rarity:
        total += count
        if chosen and total > ORDERED:
            break
        chosen.append(term)
    return chosen, [term for term, _ in by_rarity[len(chosen) :] if term in query.words]


def _found(
    terms: list[str],
    query: Query,
    version: IndexVersion,
    allowed: Sql,
    *,
    together: bool = False,
    limit: int = 0,
) -> list[Row]:
    """Of the passages with any of `terms` (or all of them) those that hold most of the question's weight, short first.

    The best are chosen before it is known who may see them; whoever may see little gets all looked through.
    """
    sqlite = connection.vendor == fulltext.IS_SQLITE
    best, values = (_best_in_sqlite if sqlite else _best_in_postgresql)(terms, query, version, together=together)
    where, parameters = allowed
    # A CROSS JOIN in SQLite is one whose order stands.
    sql = (
        f"SELECT {COLUMNS} FROM ({best} LIMIT %s) best {'CROSS ' if sqlite else ''}JOIN knowledge_chunk c "
        f"ON c.id = best.id JOIN knowledge_document d ON d.id = c.document_id "
        f"WHERE {where} ORDER BY best.covered DESC, c.length, c.id LIMIT %s"
    )
    limit = limit or MAX_CANDIDATES
    counts = [query.counts[term] for term in terms]
    enough, all_of_them = LOOKED_AT * limit, -1 if sqlite else None
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, enough, *parameters, limit])
        rows = list(cursor.fetchall())
        if len(rows) < limit and (min(counts) if together else sum(counts)) > enough:
            cursor.execute(sql, [*values, all_of_them, *parameters, limit])
            rows = list(cursor.fetchall())
        return rows


def _best_in_postgresql(terms: list[str], query: Query, version: IndexVersion, *, together: bool) -> Sql:
    covered = " + ".join(["(c.tsv @@ %s::tsquery)::int * %s::real"] * len(query.known))
    order = [value for term, weight in query.known.items() for value in (fulltext.any_of([term]), weight)]
    match = fulltext.all_of(terms) if together else fulltext.any_of(terms)
    sql = (
        f"SELECT c.id, {covered} AS covered FROM knowledge_chunk c WHERE c.tsv @@ %s::tsquery AND c.index_id = %s "
        "ORDER BY covered DESC, c.length, c.id"
    )
    return sql, [*order, match, version.pk]


def _best_in_sqlite(terms: list[str], query: Query, version: IndexVersion, *, together: bool) -> Sql:
    """From the full-text index and a narrow one, before any row is read."""
    match = fulltext.all_of(terms) if together else fulltext.any_of(terms)
    holding = {match: 0.0}
    for term, weight in query.known.items():
        alone = fulltext.any_of([term])
        holding[alone if term in terms and not together else f"({match}) AND {alone}"] = weight
    one = f"SELECT rowid AS id, %s AS weight FROM {fulltext.FTS_TABLE} WHERE {fulltext.FTS_TABLE} MATCH %s"
    found = " UNION ALL ".join([one] * len(holding))
    sql = (
        f"SELECT h.id, h.covered FROM (SELECT id, SUM(weight) AS covered FROM ({found}) GROUP BY id) h "
        f"CROSS JOIN knowledge_chunk c INDEXED BY {CHUNK_LENGTHS} ON c.id = h.id AND c.index_id = %s "
        "ORDER BY h.covered DESC, c.length, c.id"
    )
    return sql, [*(value for text, weight in holding.items() for value in (weight, text)), version.pk]


def rows_of(ids: Iterable[int], allowed: Sql) -> list[Row]:
    """The rows of given passages, as far as they may be found; one query."""
    wanted = list(ids)
    if not wanted:
        return []
    where, parameters = allowed
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM knowledge_chunk c JOIN knowledge_document d ON d.id = c.document_id "
            f"WHERE c.id IN ({marks}) AND {where}",
            [*wanted, *parameters],
        )
        return list(cursor.fetchall())


def matches(query: Query, rows: Iterable[Row], *, language: str | None) -> Iterator[Match]:
    return (_match(query, row, language) for row in rows)


def _match(query: Query, row: Row, language: str | None) -> Match:
    pk, document, terms, heading_terms, length, chunk_language = row
    words, heading = terms.split(), heading_terms.split()
    slack = K1 * (1 - B + B * length / query.average_length)
    held = {}
    for term, weight in query.weights.items():
        # Most passages lack most words, and a look at the text is quicker than one at its list of words.
        if term in terms or term in heading_terms:
            frequency = words.count(term) + HEADING_WEIGHT * heading.count(term)
            if frequency:
                held[term] = weight * frequency * (K1 + 1) / (frequency + slack)
    coverage = query.share([term for term in held if term in words])
    in_heading = query.share(heading) if heading else 0.0
    distinct = set(heading)
    asked = sum(term in query.words for term in distinct) / len(distinct) if distinct else 0.0
    factor = (1 + ASKED_HEADING * asked * in_heading) * (OWN_LANGUAGE if chunk_language == language else 1.0)
    score = sum(held.values()) * coverage * factor
    return Match(pk, document, chunk_language, score, coverage + HEADING_EVIDENCE * in_heading, held)

"""Passages that share words with the question: the database finds them, Python ranks them the same on both.

BM25 over base forms, a word in a heading counting more than one in the text, times the share of the question's
weight that the passage covers. A heading that is the question itself helps, and so, lightly, does the asker's
language.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from knowledge.indexing import fulltext
from knowledge.models import IndexVersion
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
ORDERED = 3000
# Passages ranked here.
MAX_CANDIDATES = 300
# Passages without the rare words, when the frequent ones could answer by themselves.
FREQUENT_CANDIDATES = 60
FREQUENT_SHARE = 0.5

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
    """Rows of the passages worth ranking; two queries at most."""
    chosen, left = _chosen(query)
    if not chosen:
        return []
    rows = _found(
        fulltext.any_of(chosen) if query.counts[chosen[0]] <= ORDERED else _together(chosen, left), query, allowed
    )
    if left and query.share(left) >= FREQUENT_SHARE:
        rows += _found(fulltext.all_of(left), query, allowed, limit=FREQUENT_CANDIDATES)
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


def _together(chosen: list[str], left: list[str]) -> str:
    """Even the rarest word is frequent: it must stand beside the next one, if there is one."""
    return fulltext.all_of([*chosen, *left[:1]])


def _found(match: str, query: Query, allowed: Sql, *, limit: int = 0) -> list[Row]:
    where, parameters = allowed
    known = {term: weight for term, weight in query.weights.items() if term in query.counts}
    if connection.vendor == fulltext.IS_SQLITE:
        sql = (
            f"SELECT {COLUMNS} FROM {fulltext.FTS_TABLE} f JOIN knowledge_chunk c ON c.id = f.rowid "
            "JOIN knowledge_document d ON d.id = c.document_id "
            f"WHERE f.{fulltext.FTS_TABLE} MATCH %s AND {where} ORDER BY f.rank, c.id LIMIT %s"
        )
        values: list[Any] = [match, *parameters, limit or MAX_CANDIDATES]
    else:
        covered = " + ".join(["(c.tsv @@ %s::tsquery)::int * %s::real"] * len(known))
        sql = (
            f"SELECT {COLUMNS} FROM knowledge_chunk c JOIN knowledge_document d ON d.id = c.document_id "
            f"WHERE c.tsv @@ %s::tsquery AND {where} ORDER BY {covered} DESC, c.length, c.id LIMIT %s"
        )
        order = [value for term, weight in known.items() for value in (fulltext.quoted(term, "'"), weight)]
        values = [match, *parameters, *order, limit or MAX_CANDIDATES]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


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
    counts, headings = Counter(terms.split()), Counter(heading_terms.split())
    slack = K1 * (1 - B + B * length / query.average_length)
    held = {}
    for term, weight in query.weights.items():
        frequency = counts[term] + HEADING_WEIGHT * headings[term]
        if frequency:
            held[term] = weight * frequency * (K1 + 1) / (frequency + slack)
    coverage, in_heading = query.share(counts), query.share(headings)
    asked = sum(term in query.words for term in headings) / len(headings) if headings else 0.0
    factor = (1 + ASKED_HEADING * asked * in_heading) * (OWN_LANGUAGE if chunk_language == language else 1.0)
    score = sum(held.values()) * coverage * factor
    return Match(pk, document, chunk_language, score, coverage + HEADING_EVIDENCE * in_heading, held)

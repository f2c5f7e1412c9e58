"""The words of a question and what each of them weighs."""

import math
from collections.abc import Container
from dataclasses import dataclass, field
from functools import cached_property

from django.db import connection

from integrations.text import tokens
from knowledge.models import IndexVersion

MAX_QUERY_TERMS = 100
# In a base of three documents every word would be as good as frequent, and a question's one unknown word outweigh all
# that are found; so a small base counts as if there were passages about other things beside its own.
SMALLEST_BASE = 100


@dataclass(frozen=True)
class Query:
    """The weights (idf) of a question's words, and of compounds that count only when they are found.

    A word that the index has never seen weighs the most. `counts` are the passages with each known term.
    """

    text: str
    words: dict[str, float] = field(default_factory=dict)
    wholes: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    average_length: float = 1.0
    shortened: bool = False

    @cached_property
    def weights(self) -> dict[str, float]:
        return self.words | self.wholes

    @cached_property
    def known(self) -> dict[str, float]:
        """The weights of what some passage holds."""
        return {term: weight for term, weight in self.weights.items() if term in self.counts}

    @cached_property
    def _total(self) -> float:
        return sum(self.words.values())

    def share(self, terms: Container[str]) -> float:
        """The share (0..1) of the question's weight that `terms` hold."""
        held = sum(weight for term, weight in self.words.items() if term in terms)
        return held / self._total if self._total else 0.0


def _counts(version: IndexVersion, terms: list[str]) -> dict[str, int]:
    """In how many passages each known term occurs. In SQL: the ORM takes longer than the query."""
    marks = ", ".join(["%s"] * len(terms))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT term, chunks FROM knowledge_term WHERE index_id = %s AND term IN ({marks})", [version.pk, *terms]
        )
        return dict(cursor.fetchall())


def weigh(text: str, version: IndexVersion) -> Query:
    """One query at most."""
    terms = {token.term: token.whole for token in tokens(text)}
    shortened = len(terms) > MAX_QUERY_TERMS
    terms = dict(list(terms.items())[:MAX_QUERY_TERMS])
    if not terms:
        return Query(text)
    counts = _counts(version, list(terms))
    chunks = max(version.chunks, 1)
    total = max(chunks, SMALLEST_BASE)

    def idf(term: str) -> float:
        # The total is remembered for a moment and may be behind the count.
        count = min(counts.get(term, 0), total)
        return math.log(1 + (total - count + 0.5) / (count + 0.5))

    return Query(
        text=text,
        words={term: idf(term) for term, whole in terms.items() if not whole},
        wholes={term: idf(term) for term, whole in terms.items() if whole and term in counts},
        counts=counts,
        average_length=max(version.length / chunks, 1.0),
        shortened=shortened,
    )

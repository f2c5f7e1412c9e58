"""The words of a question and what each of them weighs."""

import math
from collections.abc import Container
from dataclasses import dataclass, field

from integrations.text import tokens
from knowledge.models import IndexVersion, Term

MAX_QUERY_TERMS = 100
# In a base of three documents every word would be as good as frequent, and a question's one unknown word outweigh all
# that are found; so a small base counts as if there were passages about other things beside its own.
SMALLEST_BASE = 100


@dataclass(frozen=True, slots=True)
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

    @property
    def weights(self) -> dict[str, float]:
        return self.words | self.wholes

    def share(self, terms: Container[str]) -> float:
        """The share (0..1) of the question's weight that `terms` hold."""
        total = sum(self.words.values())
        return sum(weight for term, weight in self.words.items() if term in terms) / total if total else 0.0


def weigh(text: str, version: IndexVersion) -> Query:
    """One query at most."""
    terms = {token.term: token.whole for token in tokens(text)}
    shortened = len(terms) > MAX_QUERY_TERMS
    terms = dict(list(terms.items())[:MAX_QUERY_TERMS])
    if not terms:
        return Query(text)
    counts = dict(Term.objects.filter(index=version, term__in=terms).values_list("term", "chunks"))
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

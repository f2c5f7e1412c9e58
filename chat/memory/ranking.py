"""Which memories fit a question: two legs, one ranking.

Words (BM25 over base forms) and vectors each give an order; reciprocal rank fusion makes one of both, as in the
knowledge base. A memory has to be near by itself, too: score = likeness x (0.5 + 0.5 x importance) above THRESHOLD,
likeness being the better of the vectors' and of the share of the question's words that it holds.
"""

from dataclasses import dataclass, replace

import numpy as np

from chat.language import language_of
from chat.memory.encoding import QuestionVector
from chat.memory.index import Entry, Floats, PersonIndex, best_rows
from integrations.text import tokens
from knowledge.search.engine import DENSE_WEIGHT, LEXICAL_WEIGHT, OTHER_LANGUAGE, K
from knowledge.search.query import MAX_QUERY_TERMS

THRESHOLD = 0.3
# The best of each leg that are ranked together.
LOOKED_AT = 50
# Where vectors tell more, a smaller share of words is chance ("How does photosynthesis work", "Works as a nurse").
LEAST_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Ranked:
    """A memory beside a question. `by_words` (0..1) is the share of the question's words that it holds, `by_meaning`
    the likeness of the vectors where there are any; `score` decides whether it is near, `fused` its place."""

    entry: Entry
    score: float
    fused: float
    by_words: float
    by_meaning: float | None


def rank(
    index: PersonIndex, question: str, vector: QuestionVector | None, *, limit: int, language: str = ""
) -> list[Ranked]:
    """The nearest memories that may be recalled, the best first. No database."""
    if not len(index):
        return []
    words = list(dict.fromkeys(token.term for token in tokens(question) if not token.whole))[:MAX_QUERY_TERMS]
    with index.lock:
        scores, shares = index.by_words(index.weights(words))
        meaning = _meaning(index, vector)
        lexical, dense = best_rows(scores, LOOKED_AT), best_rows(meaning, LOOKED_AT)
        places = {row: LEXICAL_WEIGHT / (K + place) for place, row in enumerate(lexical, 1)}
        for place, row in enumerate(dense, 1):
            places[row] = places.get(row, 0.0) + DENSE_WEIGHT / (K + place)
        found = [_ranked(index.entries[row], fused, shares[row], meaning[row]) for row, fused in places.items()]
    near = [_preferred(ranked, language) for ranked in found if ranked.score > THRESHOLD]
    return sorted(near, key=lambda ranked: (-ranked.fused, -ranked.score, ranked.entry.id.int))[:limit]


def _meaning(index: PersonIndex, vector: QuestionVector | None) -> Floats:
    if vector is None:
        return np.full(len(index.entries), -np.inf, np.float32)
    return vector.adjusted(index.by_meaning(vector.vector))


def _ranked(entry: Entry, fused: float, share: np.float32, meaning: np.float32) -> Ranked:
    known = bool(np.isfinite(meaning))
    by_words = float(share) if not known or share >= LEAST_SHARE else 0.0
    likeness = max(by_words, float(meaning) if known else 0.0)
    weight = entry.weight
    return Ranked(entry, likeness * weight, fused * weight, float(share), float(meaning) if known else None)


def _preferred(ranked: Ranked, language: str) -> Ranked:
    if not language or language_of(ranked.entry.text, default=language) == language:
        return ranked
    return replace(ranked, fused=ranked.fused * OTHER_LANGUAGE)

"""Ranking what the legs saw once more, with other constants than those of knowledge.search.engine."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.evaluation.observing import Observed, Seen
from knowledge.search import engine


@dataclass(frozen=True, slots=True)
class Fusion:
    """A leg's passage at rank r adds weight / (k + r); see knowledge.search.engine."""

    k: float = engine.K
    lexical: float = engine.LEXICAL_WEIGHT
    dense: float = engine.DENSE_WEIGHT
    other_language: float = engine.OTHER_LANGUAGE


def ranked(observed: Observed, fusion: Fusion) -> list[Seen]:
    """The passages in the order that search would show them in, before any is held back."""
    language = observed.question.language
    places = _dense_places(observed.passages, language, fusion)

    def key(entry: tuple[int, Seen]) -> tuple[float, float, float, int]:
        number, seen = entry
        lexical = fusion.lexical / (fusion.k + seen.lexical_rank) if seen.lexical_rank else 0.0
        dense = fusion.dense / (fusion.k + places[number]) if number in places else 0.0
        relevance = math.inf if seen.relevance is None else -seen.relevance
        return relevance, -(lexical + dense), -seen.score, number

    return [seen for _, seen in sorted(enumerate(observed.passages), key=key)]


def _dense_places(passages: Sequence[Seen], language: str, fusion: Fusion) -> dict[int, int]:
    """The rank by meaning, the asker's language preferred, by number of the passage."""
    found = [(number, seen.dense_place, seen.language) for number, seen in enumerate(passages) if seen.dense_place]
    found.sort(key=lambda entry: entry[1] / (1.0 if entry[2] == language else fusion.other_language))
    return {number: place for place, (number, _, _) in enumerate(found, 1)}

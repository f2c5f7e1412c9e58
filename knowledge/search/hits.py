from dataclasses import dataclass
from typing import Any

from knowledge.search.lexical import Match


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its place in both legs (None: not found by it) and what follows from that.

    `relevance` is what a reranker said, None where it was not asked.
    """

    match: Match
    lexical_rank: int | None
    dense_rank: int | None
    likeness: float | None
    standing: float
    fused: float
    confidence: float
    answers: bool
    relevance: float | None = None

    @property
    def pk(self) -> int:
        return self.match.pk

    def explanation(self) -> dict[str, Any]:
        """Why the passage stands where it stands, for people and programs."""
        explained: dict[str, Any] = {
            "lexical": {
                "rank": self.lexical_rank,
                "score": round(self.match.score, 4),
                "evidence": round(self.match.evidence, 4),
                "terms": {term: round(weight, 4) for term, weight in self.match.terms.items()},
            },
            "dense": {
                "rank": self.dense_rank,
                "likeness": None if self.likeness is None else round(self.likeness, 4),
                "standing": None if self.likeness is None else round(self.standing, 4),
            },
            "fused": round(self.fused, 6),
            "confidence": round(self.confidence, 4),
        }
        if self.relevance is not None:
            explained["reranker"] = {"relevance": round(self.relevance, 4)}
        return explained


def scores(hits: list[Hit]) -> list[float]:
    """How good each hit is beside the best one, times its confidence; never rising along the ranking."""
    best_words = max((hit.match.score for hit in hits), default=0.0) or 1.0
    best_likeness = max((hit.likeness or 0.0 for hit in hits), default=0.0)
    found: list[float] = []
    for hit in hits:
        signs = [hit.match.score / best_words]
        if best_likeness > 0:
            signs.append(max(hit.likeness or 0.0, 0.0) / best_likeness)
        score = hit.confidence * sum(signs) / len(signs)
        found.append(round(min([*found[-1:], score]), 6))
    return found

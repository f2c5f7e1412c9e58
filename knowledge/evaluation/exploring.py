"""Which constants of the rank fusion suit the test set: a table to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from knowledge.evaluation import calibration
from knowledge.evaluation.fusion import Fusion, ranked
from knowledge.evaluation.metrics import Judged, hit, ndcg, reciprocal_rank
from knowledge.evaluation.observing import Observed

KS = (2.0, 5.0, 10.0, 20.0, 60.0)
# (words, meaning)
WEIGHTS = ((1.0, 0.0), (0.0, 1.0), (1.0, 0.7), (1.0, 1.0), (1.0, 1.4))
OTHER_LANGUAGES = (0.7, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """The figures of a fusion: of the whole ranking, and F1 of answering right once silence is calibrated."""

    fusion: Fusion
    hit_at_3: float
    mrr: float
    ndcg_at_10: float
    f1: float


def fusions() -> Iterator[Fusion]:
    """With one leg alone K decides nothing."""
    for k, (words, meaning), other in product(KS, WEIGHTS, OTHER_LANGUAGES):
        if (words and meaning) or k == KS[0]:
            yield Fusion(k=k, lexical=words, dense=meaning, other_language=other)


def explore(observed: Sequence[Observed]) -> Iterator[Trial]:
    """One trial after the other, for questions that were observed with vectors."""
    for fusion in fusions():
        yield trial(observed, fusion)


def trial(observed: Sequence[Observed], fusion: Fusion) -> Trial:
    shown = [_ranking(entry, fusion) for entry in observed if entry.question.answerable]
    fitted = calibration.fit(observed, with_vectors=True, fusion=fusion)
    return Trial(
        fusion=fusion,
        hit_at_3=_mean([hit(row) for row in shown]),
        mrr=_mean([reciprocal_rank(row) for row in shown]),
        ndcg_at_10=_mean([ndcg(row) for row in shown]),
        f1=round(calibration.f1(calibration.judge(observed, fitted, fusion=fusion)), 4),
    )


def _ranking(observed: Observed, fusion: Fusion) -> Judged:
    question = observed.question
    found = [seen.document for seen in ranked(observed, fusion)]
    return Judged(list(question.expected), found, question.answerable, bool(found), question.wanted)


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0

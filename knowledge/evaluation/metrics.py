"""Figures of retrieval quality, each with a 95 % bootstrap interval. Pure: no database, no search."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

HIT_AT = 3
DEPTH = 10
RESAMPLES = 2000
SEED = 20260
# Resamples drawn at once; with many questions their counts would not fit into memory.
AT_ONCE = 200
BOUNDS = (2.5, 97.5)
NAMES = ("hit_at_3", "mrr", "ndcg_at_10", "no_answer_precision", "no_answer_recall")

Numbers = NDArray[np.float64]


class Metric(TypedDict):
    """All None when no question speaks about it."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a question. `found` are the documents of the passages shown, the best first, repetitions allowed.

    `wanted` is how many of the expected documents a perfect list shows; 0 means all of them. It is less where
    some are translations, for search shows the one in the asker's language.
    """

    expected: Sequence[str]
    found: Sequence[str]
    answerable: bool
    answered: bool
    wanted: int = 0


def rank_of_first(expected: Sequence[str], found: Sequence[str]) -> int | None:
    """The place (from 1) of the first expected document among the documents found, each counted once."""
    places = (place for place, document in enumerate(_once(found), 1) if document in expected)
    return next(places, None)


def _once(found: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found))[:DEPTH]


def hit(judged: Judged) -> float:
    rank = rank_of_first(judged.expected, judged.found)
    return float(rank is not None and rank <= HIT_AT)


def reciprocal_rank(judged: Judged) -> float:
    rank = rank_of_first(judged.expected, judged.found)
    return 1 / rank if rank else 0.0


def ndcg(judged: Judged) -> float:
    """Binary relevance: a document is expected or it is not."""
    gained = sum(_gain(place) for place, found in enumerate(_once(judged.found), 1) if found in judged.expected)
    wanted = judged.wanted or len(judged.expected)
    ideal = sum(_gain(place) for place in range(1, min(wanted, DEPTH) + 1))
    return min(1.0, gained / ideal) if ideal else 0.0


def _gain(place: int) -> float:
    return 1 / math.log2(place + 1)


def measure(questions: Sequence[Judged], *, seed: int = SEED) -> dict[str, Metric]:
    """All figures by name. "No answer" is the positive class of its precision and recall."""
    above, below = _shares(questions)
    return dict(zip(NAMES, intervals(above, below, seed=seed), strict=True))


def _shares(questions: Sequence[Judged]) -> tuple[Numbers, Numbers]:
    """Each figure is a sum over a sum; rows are questions, columns figures."""
    above, below = np.zeros((len(questions), len(NAMES))), np.zeros((len(questions), len(NAMES)))
    for row, judged in enumerate(questions):
        silent, empty = not judged.answered, not judged.answerable
        if judged.answerable:
            above[row, :3] = hit(judged), reciprocal_rank(judged), ndcg(judged)
            below[row, :3] = 1
        above[row, 3:] = silent and empty
        below[row, 3:] = silent, empty
    return above, below


def intervals(above: Numbers, below: Numbers, *, seed: int = SEED) -> list[Metric]:
    """For each column the share sum(above) / sum(below) with its percentile interval over resampled rows."""
    if not len(above):
        return [Metric(value=None, low=None, high=None) for _ in range(above.shape[1])]
    drawn = _resampled(np.hstack([above, below]), seed)
    columns = above.shape[1]
    tops, bottoms = drawn[:, :columns], drawn[:, columns:]
    return [
        _metric(float(above[:, column].sum()), float(below[:, column].sum()), tops[:, column], bottoms[:, column])
        for column in range(columns)
    ]


def _resampled(rows: Numbers, seed: int) -> Numbers:
    """The sums of each resample, one a row."""
    random = np.random.default_rng(seed)
    count = len(rows)
    even = np.full(count, 1 / count)
    parts = [random.multinomial(count, even, size=AT_ONCE) @ rows for _ in range(RESAMPLES // AT_ONCE)]
    return np.vstack(parts)


def _metric(top: float, bottom: float, tops: Numbers, bottoms: Numbers) -> Metric:
    if not bottom:
        return Metric(value=None, low=None, high=None)
    # A resample without any question of the class says nothing.
    shares = tops[bottoms > 0] / bottoms[bottoms > 0]
    low, high = np.percentile(shares, BOUNDS)
    return Metric(value=round(top / bottom, 4), low=round(float(low), 4), high=round(float(high), 4))

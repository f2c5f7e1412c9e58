"""Traits and averages, worked out of judged answers. Plain functions of figures.

Each trait is a rolling average of signals between 0 and 1, with its start value as so many signals more: a few answers
move it little, many move it far, and newer ones push older ones out of the window. So it moves both ways, and never
beyond 0 and 1. A person's thumb weighs as much as several verdicts.

- helpfulness: how good all answers were
- creativity: how good creative work and mini-pages were
- curiosity: how good answers were for which something had to be found out (questions, searches, growth)
- self-awareness: how far the verifier's score and the person's thumb agree, where there are both
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chat.experience.choices import Thumb
from chat.experience.models import BEST_SCORE, LEAST_SCORE, SCORE_DOWN, SCORE_UP
from chat.pipeline.choices import TaskType

START = {"curiosity": 0.7, "helpfulness": 0.8, "self_awareness": 0.5, "creativity": 0.6}
# Signals that a start value counts for.
START_WEIGHT = 20.0
PERSONS_WEIGHT, VERIFIERS_WEIGHT = 3.0, 1.0
# Answers of one person that count, so that nobody makes the server's personality alone.
MOST_OF_ONE = 50
# Answers of a kind that its rolling average rests on, and how many there must be to speak of it.
KIND_WINDOW, KIND_LEAST = 50, 5
STRONG, WEAK = 7.5, 5.5
FINDING_OUT = frozenset({TaskType.QUESTION, TaskType.SEARCH, TaskType.GROWTH})


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer's figures; `whose` tells people apart, None for nobody's."""

    task_type: str
    effective: int
    score: int | None = None
    thumb: int | None = None
    whose: Any = None

    @property
    def weight(self) -> float:
        return VERIFIERS_WEIGHT if self.thumb is None else PERSONS_WEIGHT

    @property
    def quality(self) -> float:
        return (self.effective - LEAST_SCORE) / (BEST_SCORE - LEAST_SCORE)

    @property
    def agreement(self) -> float | None:
        """How near the verifier came to the person: 1 for the same side, 0 for the other."""
        if self.thumb is None or self.score is None:
            return None
        share = (self.score - SCORE_DOWN) / (SCORE_UP - SCORE_DOWN)
        return min(1.0, max(0.0, share if self.thumb == Thumb.UP else 1 - share))


def counted(answers: Iterable[Judged]) -> list[Judged]:
    """Those that count, of each person the first ones; `answers` are the newest first."""
    of_each, chosen = Counter[Any](), list[Judged]()
    for answer in answers:
        of_each[answer.whose] += 1
        if answer.whose is None or of_each[answer.whose] <= MOST_OF_ONE:
            chosen.append(answer)
    return chosen


def traits_of(answers: Sequence[Judged]) -> dict[str, float]:
    """The four traits, each from 0 to 1."""
    quality = [(answer.quality, answer.weight) for answer in answers]
    creative = [(answer.quality, answer.weight) for answer in answers if answer.task_type == TaskType.CREATIVE]
    finding = [(answer.quality, answer.weight) for answer in answers if answer.task_type in FINDING_OUT]
    agreed = [(found, VERIFIERS_WEIGHT) for answer in answers if (found := answer.agreement) is not None]
    signals = {"curiosity": finding, "helpfulness": quality, "self_awareness": agreed, "creativity": creative}
    return {name: round(_rolling(START[name], signals[name]), 4) for name in START}


def _rolling(start: float, signals: Sequence[tuple[float, float]]) -> float:
    weight = START_WEIGHT + sum(weight for _, weight in signals)
    return (START_WEIGHT * start + sum(value * weight for value, weight in signals)) / weight


def averages_of(answers: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """`{task type: {"answers": n, "average": 1..10}}`, of the newest answers of each kind."""
    kinds: defaultdict[str, list[Judged]] = defaultdict(list)
    for answer in answers:
        if len(kinds[answer.task_type]) < KIND_WINDOW:
            kinds[answer.task_type].append(answer)
    return {kind: {"answers": len(rows), "average": round(_average(rows), 2)} for kind, rows in sorted(kinds.items())}


def _average(rows: Sequence[Judged]) -> float:
    return sum(row.effective * row.weight for row in rows) / sum(row.weight for row in rows)


def strengths_of(averages: Mapping[str, Mapping[str, float]]) -> tuple[list[str], list[str]]:
    """Kinds of work that go well, the best first, and those that do not, the worst first; none is in both."""
    known = sorted(
        (row["average"], kind)
        for kind, row in averages.items()
        if row["answers"] >= KIND_LEAST and kind in TaskType.values and kind != TaskType.UNKNOWN
    )
    return [kind for average, kind in reversed(known) if average >= STRONG], [
        kind for average, kind in known if average <= WEAK
    ]

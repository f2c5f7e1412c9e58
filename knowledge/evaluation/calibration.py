"""From where on a passage counts as an answer, fitted to the test questions.

Two steps: a curve from what both legs say of a passage to the chance that it answers, and the threshold on that
chance which gets the most questions right. What is reported was measured on questions that the fit had not seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from django.utils import timezone

from integrations.remember import forget
from knowledge.evaluation import logistic
from knowledge.evaluation.fusion import Fusion, ranked
from knowledge.evaluation.metrics import DEPTH, HIT_AT, Judged, Metric, hit, measure
from knowledge.evaluation.observing import Asked, Observed, Seen, asked, observe
from knowledge.evaluation.questions import all_questions
from knowledge.models import IndexVersion
from knowledge.search.confidence import Calibration

FEWEST = 20
FEWEST_PASSAGES = 10
FOLDS = 5
SEED = 20260
# Passages of a question without an answer that the curve learns from.
WRONG = 3
LOOKED_AT = 10
CANDIDATES = 60
# The curve learns from the passages that both legs agree on: those are most easily taken for answers.
AGREED = Fusion(k=60)

Progress = Callable[[int, int], None]


class TooFewQuestions(Exception):
    """There is not enough to learn from; the message names the numbers."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was fitted. `figures` are cross-validated, by leg set; `hybrid` is None where there are no vectors,
    `reranked` where `reranker`, the key of its model, did not put all of them in order."""

    questions: int
    words: Calibration
    hybrid: Calibration | None = None
    reranked: Calibration | None = None
    reranker: str = ""
    figures: dict[str, dict[str, Metric]] = field(default_factory=dict)


def calibrate(
    version: IndexVersion, *, questions: Sequence[Asked] | None = None, progress: Progress | None = None
) -> Report:
    """Fits the calibrations of a version to the test questions; raises TooFewQuestions. Nothing is stored."""
    known = list(asked(all_questions())) if questions is None else list(questions)
    check_enough(known)
    words = observe(known, version, words_alone=True)
    reread = observe(known, version, reranked=True, progress=progress)
    both = [entry.as_the_legs_saw_it() for entry in reread]
    check_passages(words)
    figures = {"words": cross_validated(words, with_vectors=False)}
    hybrid = reranked = None
    if all(observed.with_vectors for observed in both):
        hybrid = fit(both, with_vectors=True)
        figures["hybrid"] = cross_validated(both, with_vectors=True)
        if reranker := _reranker(reread):
            reranked = fit(reread, with_vectors=True)
            figures["reranked"] = cross_validated(reread, with_vectors=True)
    return Report(
        len(known), fit(words, with_vectors=False), hybrid, reranked, reranker if reranked else "", figures=figures
    )


def check_enough(questions: Sequence[Asked]) -> None:
    answerable = sum(question.answerable for question in questions)
    if min(answerable, len(questions) - answerable) < FEWEST:
        raise TooFewQuestions(
            f"Calibration needs at least {FEWEST} test questions with an answer and {FEWEST} without one; "
            f"there are {answerable} and {len(questions) - answerable}."
        )


def check_passages(observed: Sequence[Observed]) -> None:
    """Questions that meet no wrong passage teach nothing about these."""
    labels = [right for order in _orders(observed, AGREED) for _, right in _examples(*order)]
    if min(sum(labels), len(labels) - sum(labels)) < FEWEST_PASSAGES:
        raise TooFewQuestions(
            f"Calibration needs at least {FEWEST_PASSAGES} right and {FEWEST_PASSAGES} wrong passages that share words "
            f"with the test questions; there are {sum(labels)} and {len(labels) - sum(labels)}."
        )


def store(version: IndexVersion, report: Report) -> None:
    """Search uses it from now on, in every process within a second."""
    kept: dict[str, Any] = {
        "words": report.words.stored(),
        "figures": report.figures,
        "fitted_at": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "questions": report.questions,
    }
    if report.hybrid is not None:
        kept["hybrid"] = report.hybrid.stored()
    if report.reranked is not None:
        kept |= {"reranked": report.reranked.stored(), "reranker": report.reranker}
    IndexVersion.objects.filter(pk=version.pk).update(calibration=kept)
    forget()


def fit(observed: Sequence[Observed], *, with_vectors: bool, fusion: Fusion | None = None) -> Calibration:
    """The curve and the threshold that suit these questions best, the reranker's word counting where there is one."""
    curve = _curve(_orders(observed, AGREED), with_vectors=with_vectors, reranked=bool(_reranker(observed)))
    return _with_threshold(curve, _orders(observed, fusion))


Order = tuple[Asked, list[Seen]]


def _orders(observed: Sequence[Observed], fusion: Fusion | None) -> list[Order]:
    return [(entry.question, ranked(entry, fusion or Fusion())) for entry in observed]


def _reranker(observed: Sequence[Observed]) -> str:
    """The model that put the passages of every question in order; empty where some were left as they were."""
    models = {entry.reranker for entry in observed if entry.passages}
    return models.pop() if len(models) == 1 else ""


def _curve(orders: Sequence[Order], *, with_vectors: bool, reranked: bool) -> Calibration:
    examples = [example for order in orders for example in _examples(*order)]
    signs = np.array([_signs(seen) for seen, _ in examples])
    labels = np.array([float(right) for _, right in examples])
    if not with_vectors:
        bias, evidence = logistic.fit(signs[:, :1], labels).tolist()
        return Calibration(bias=bias, evidence=evidence)
    bias, evidence, standing, both, *rest = logistic.fit(signs if reranked else signs[:, :3], labels).tolist()
    return Calibration(bias=bias, evidence=evidence, standing=standing, both=both, relevance=sum(rest))


def _signs(seen: Seen) -> tuple[float, float, float, float]:
    return seen.evidence, seen.standing, seen.evidence * seen.standing, seen.relevance or 0.0


def _examples(question: Asked, order: Sequence[Seen]) -> Iterator[tuple[Seen, bool]]:
    """The best passage of each expected document and, of wrong ones, those that stand above all of these.

    Further passages of an expected document need not answer, and wrong ones below the right one do no harm.
    """
    first = order[:LOOKED_AT]
    documents: set[str] = set()
    wrong = 0
    for seen in first:
        right = seen.document in question.expected
        if right and seen.document not in documents:
            documents.add(seen.document)
            yield seen, True
        elif not right and not documents and wrong < WRONG:
            wrong += 1
            yield seen, False


# Threshold


def _with_threshold(curve: Calibration, orders: Sequence[Order]) -> Calibration:
    judged = [_Marked(question, order, curve) for question, order in orders]
    best = np.array([marked.best for marked in judged])
    candidates = np.unique(np.quantile(best, np.linspace(0, 1, CANDIDATES + 2)[1:-1]).round(4))
    scores = np.array([f1([marked.judged(threshold, HIT_AT) for marked in judged]) for threshold in candidates])
    good = candidates[scores == scores.max()]
    return _rounded(curve, threshold=float(good.max()))


def _rounded(curve: Calibration, *, threshold: float) -> Calibration:
    values = {name: round(value, 4) for name, value in curve.stored().items()}
    return Calibration(**values | {"threshold": round(threshold, 4)})


class _Marked:
    """A question's passages with their confidence, in the order of search."""

    def __init__(self, question: Asked, order: Sequence[Seen], calibration: Calibration) -> None:
        self.question = question
        # What the reranker did not read is not shown on its word.
        known = [seen for seen in order if seen.relevance is not None or not calibration.relevance]
        self.rows = [
            (seen, calibration.confidence(seen.evidence, seen.standing, seen.relevance or 0.0)) for seen in known
        ]
        self.best = max((confidence for _, confidence in self.rows), default=0.0)

    def judged(self, threshold: float, depth: int) -> Judged:
        found = list(islice(dict.fromkeys(self._shown(threshold)), depth)) if self.best >= threshold else []
        question = self.question
        return Judged(list(question.expected), found, question.answerable, bool(found), question.wanted)

    def _shown(self, threshold: float) -> Iterator[str]:
        """As search does: behind the best passage in the asker's language none of another language follows."""
        own_was_shown = False
        for seen, confidence in self.rows:
            own = seen.language == self.question.language
            if confidence >= threshold and (own or not own_was_shown):
                own_was_shown = own_was_shown or own
                yield seen.document


def f1(judged: Sequence[Judged]) -> float:
    """Of answering right: the right document among the first three; an answer where none is due is a wrong one."""
    right = sum(row.answerable and hit(row) > 0 for row in judged)
    given = sum(row.answered for row in judged)
    due = sum(row.answerable for row in judged)
    return 2 * right / (given + due) if given + due else 0.0


def cross_validated(
    observed: Sequence[Observed], *, with_vectors: bool, fusion: Fusion | None = None
) -> dict[str, Metric]:
    """The figures on questions that the fit has not seen: each fifth is judged by what the others taught."""
    folds = np.random.default_rng(SEED).permutation(len(observed)) % FOLDS
    judged: list[Judged] = []
    for fold in range(FOLDS):
        taught = [entry for entry, own in zip(observed, folds, strict=True) if own != fold]
        calibration = fit(taught, with_vectors=with_vectors, fusion=fusion)
        asked_now = [entry for entry, own in zip(observed, folds, strict=True) if own == fold]
        judged += judge(asked_now, calibration, fusion=fusion)
    return measure(judged)


def judge(observed: Sequence[Observed], calibration: Calibration, *, fusion: Fusion | None = None) -> list[Judged]:
    """What search would show of these, with this calibration."""
    marked = (_Marked(question, order, calibration) for question, order in _orders(observed, fusion))
    return [entry.judged(calibration.threshold, DEPTH) for entry in marked]

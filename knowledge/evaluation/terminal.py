"""What the commands of measuring print."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import OutputWrapper

from knowledge.evaluation.metrics import Metric
from knowledge.evaluation.runs import Result, is_right
from knowledge.management.progress import Bar

LABELS = {
    "hit_at_3": "hit@3",
    "mrr": "MRR@10",
    "ndcg_at_10": "nDCG@10",
    "no_answer_precision": "no-answer precision",
    "no_answer_recall": "no-answer recall",
}


def table(metrics: Mapping[str, Metric]) -> Iterator[str]:
    """A line for each figure, with its 95 % interval."""
    yield f"{'':22} value   95 % interval"
    for name, label in LABELS.items():
        yield f"{label:22} {figure(metrics.get(name))}"


def figure(metric: Metric | None) -> str:
    if metric is None or metric["value"] is None:
        return "    –   (no question speaks about it)"
    return f"{metric['value']:.3f}   {metric['low']:.3f} – {metric['high']:.3f}"


def differences(before: Mapping[str, Metric], after: Mapping[str, Metric]) -> Iterator[str]:
    for name, label in LABELS.items():
        old, new = (side[name]["value"] if name in side else None for side in (before, after))
        change = "" if old is None or new is None else f"{new - old:+.3f}"
        yield f"{label:22} {_short(old)} → {_short(new)}   {change}"


def _short(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}"


def changed(before: Sequence[Result], after: Sequence[Result]) -> tuple[list[str], list[str]]:
    """The questions of both runs that got better and those that got worse, with the rank before and after."""
    former = {row["text"]: row for row in before}
    better: list[str] = []
    worse: list[str] = []
    for row in after:
        old = former.get(row["text"])
        if old is not None and _standing(row) != _standing(old):
            line = f"{row['text']} ({_outcome(old)} → {_outcome(row)})"
            (better if _standing(row) > _standing(old) else worse).append(line)
    return better, worse


def _standing(row: Result) -> float:
    if not row["answerable"]:
        return float(is_right(row))
    return 1 / row["rank"] if row["rank"] else 0.0


def _outcome(row: Result) -> str:
    if not row["answered"]:
        return "nothing"
    return f"rank {row['rank']}" if row["rank"] else "others"


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A function of (done, total) that draws a bar where a person looks on, and nothing elsewhere."""
    bar = Bar(OutputWrapper(sys.stderr), total=0)

    def draw(done: int, total: int) -> None:
        if total:
            bar.show(done, total=total)

    try:
        yield draw
    finally:
        bar.clear()

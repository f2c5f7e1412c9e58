"""Measuring search against the test set, in pieces that any worker can go on with.

The row says what is to be done. `results` grows by a piece at a time and `done` is its length; a piece is stored
only by who still holds the lease, so that no question counts twice. A run speaks of one index version: when
another goes live meanwhile, it begins anew.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone

from knowledge.choices import RunState
from knowledge.evaluation.metrics import DEPTH, HIT_AT, Judged, Metric, measure, rank_of_first
from knowledge.evaluation.observing import Asked, asked
from knowledge.evaluation.questions import all_questions
from knowledge.indexing.leases import LEASE, LeaseLost, free
from knowledge.indexing.versions import live_version
from knowledge.models import EvaluationRun, IndexVersion
from knowledge.search import SearchResult
from knowledge.search import search as search_knowledge

logger = logging.getLogger(__name__)

# A piece ends with whichever comes first; far below the lease.
PIECE = 50
PIECE_SECONDS = 5.0
UNFINISHED = (RunState.WAITING, RunState.RUNNING)

Search = Callable[..., SearchResult]
Progress = Callable[[int, int], None]


class Result(TypedDict):
    """What became of a question. `expected` and `found` are slugs, `rank` the place of the first expected one.

    `wanted` see Judged; `dense` says how the vectors' leg went; `index` is the version that was searched.
    """

    question: int
    text: str
    language: str
    expected: list[str]
    wanted: int
    found: list[str]
    rank: int | None
    answerable: bool
    answered: bool
    confidence: float
    evidence: float
    latency_ms: float
    dense: str
    index: int | None


def evaluate(
    questions: Sequence[Asked], *, search: Search = search_knowledge, progress: Progress | None = None
) -> list[Result]:
    """Asks each question as a visitor would; `search` takes what knowledge.search.search takes."""
    results = []
    for number, question in enumerate(questions, 1):
        results.append(_result(question, search))
        if progress:
            progress(number, len(questions))
    return results


def _result(question: Asked, search: Search) -> Result:
    began = time.perf_counter()
    found = search(question.text, scope=question.scope, language=question.language, limit=DEPTH)
    took = (time.perf_counter() - began) * 1000
    documents = list(dict.fromkeys(passage.document for passage in found.passages))
    return Result(
        question=question.pk,
        text=question.text,
        language=question.language,
        expected=sorted(question.expected),
        wanted=question.wanted,
        found=documents,
        rank=rank_of_first(list(question.expected), documents),
        answerable=question.answerable,
        answered=found.answered,
        confidence=round(found.confidence, 4),
        evidence=round(found.evidence, 4),
        latency_ms=round(took, 1),
        dense=found.legs.get("dense", ""),
        index=found.index,
    )


def metrics_of(results: Sequence[Result]) -> dict[str, Metric]:
    return measure(
        [Judged(row["expected"], row["found"], row["answerable"], row["answered"], row["wanted"]) for row in results]
    )


def is_right(row: Result) -> bool:
    """The right document among the first three, or silence where nothing is to be found."""
    if not row["answerable"]:
        return not row["answered"]
    return row["rank"] is not None and row["rank"] <= HIT_AT


# The life of a run


def start_run(actor: Any = None) -> EvaluationRun:
    """A run that waits for the worker."""
    from knowledge.tasks import work

    with transaction.atomic():
        run = EvaluationRun.objects.create(started_by=actor, **_beginning())
        transaction.on_commit(work.delay)
    return run


def _beginning() -> dict[str, Any]:
    version = live_version()
    return {
        "index_id": version.pk if version else None,
        "encoder": version.encoder if version else "",
        "questions": all_questions().count(),
        "results": [],
        "done": 0,
    }


def evaluate_next() -> bool:
    """A piece of a run that waits or whose worker has gone; the step of the knowledge worker."""
    run = claim_run()
    if run is None:
        return False
    work_on(run)
    return True


def claim_run(pk: int | None = None) -> EvaluationRun | None:
    """The oldest free run, or that one, now this worker's."""
    waiting = EvaluationRun.objects.filter(free(), state__in=UNFINISHED, **({"pk": pk} if pk else {}))
    for key in waiting.order_by("pk").values_list("pk", flat=True)[:10]:
        until = timezone.now() + LEASE
        taken = EvaluationRun.objects.filter(free(), pk=key, state__in=UNFINISHED)
        if taken.update(state=RunState.RUNNING, lease_until=until):
            return EvaluationRun.objects.get(pk=key)
    return None


def work_on(run: EvaluationRun) -> None:
    """One piece of a run whose lease this worker holds; ends the lease. Raises LeaseLost."""
    try:
        _piece(run)
    except LeaseLost:
        raise
    except Exception:
        # Whatever it was, the next attempt would meet it again: people are told, and the log has the details.
        logger.exception("evaluation %s failed", run.pk)
        fail(run, "internal")
    else:
        if run.state == RunState.RUNNING:
            _keep(run, lease_until=None)


def _piece(run: EvaluationRun) -> None:
    version = live_version()
    if _key(version) != run.index_id:
        _keep(run, **_beginning())
    left = all_questions().filter(pk__gt=run.results[-1]["question"] if run.results else 0)
    if not (count := left.count()):
        _finish(run)
        return
    results = _some(asked(left[:PIECE]))
    if any(row["index"] not in {None, run.index_id} for row in results):
        # Swapped in the middle: the next piece begins anew.
        return
    _keep(run, results=[*run.results, *results], done=run.done + len(results), questions=run.done + count)


def _key(version: IndexVersion | None) -> int | None:
    return version.pk if version else None


def _some(questions: Sequence[Asked]) -> list[Result]:
    until = time.monotonic() + PIECE_SECONDS
    results: list[Result] = []
    for question in questions:
        results.append(_result(question, search_knowledge))
        if time.monotonic() >= until:
            break
    return results


def _finish(run: EvaluationRun) -> None:
    if not run.results:
        fail(run, "no_questions")
        return
    _keep(
        run,
        state=RunState.DONE,
        metrics=metrics_of(run.results),
        questions=len(run.results),
        finished_at=timezone.now(),
        lease_until=None,
    )


def fail(run: EvaluationRun, code: str) -> None:
    """`code` is one of knowledge.evaluation.texts."""
    _keep(run, state=RunState.FAILED, error=code, finished_at=timezone.now(), lease_until=None)


def _keep(run: EvaluationRun, **values: Any) -> None:
    """Stores what is new while this worker holds the lease, and renews it; its end tells who holds it."""
    held: datetime | None = run.lease_until
    values.setdefault("lease_until", timezone.now() + LEASE)
    mine = EvaluationRun.objects.filter(pk=run.pk, state=RunState.RUNNING, lease_until=held)
    if not mine.update(**values):
        raise LeaseLost
    for name, value in values.items():
        setattr(run, name, value)


def run_now(actor: Any = None, *, progress: Progress | None = None) -> EvaluationRun:
    """A whole run in this process. Interrupted or broken off by an error, which is raised, it ends as failed."""
    run = EvaluationRun.objects.create(
        started_by=actor, state=RunState.RUNNING, lease_until=timezone.now() + LEASE, **_beginning()
    )
    try:
        while run.state == RunState.RUNNING:
            _piece(run)
            if progress:
                progress(run.done, max(run.questions, run.done))
    except BaseException as error:
        # Also Ctrl+C: nobody is to go on with what its caller has given up.
        with suppress(LeaseLost):
            fail(run, "internal" if isinstance(error, Exception) else "interrupted")
        raise
    return run

"""How often each part of the assistant was of use, without counting all rows each time.

Stages of turns and learned answers are the truth. What is old enough is rolled up in pieces, each in one transaction
together with its mark: a worker that dies leaves nothing half counted. Ids and times can be committed out of order,
by a transaction that began early and ends late, so only what was given out SURE ago is rolled up; no transaction
lives that long. What was rolled up stays counted when a conversation is erased.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from chat.about.models import UseCounter
from chat.memory.choices import ExtractionState
from chat.memory.models import MemoryExtraction
from chat.pipeline.choices import StepKind
from chat.pipeline.models import TurnStep
from chat.tools.registry import tool_titles

SURE = timedelta(minutes=5)
# Rows that are counted in one transaction; also what a reader counts beyond the mark at most.
PIECE = 5000
STEPS, EXTRACTIONS = "steps", "extractions"
MEMORIES, LESSONS, CODE = "memories", "lessons", "code"
CODE_ROLES = frozenset({"code", "cloud_code"})
TOOL = "tool:"

Step = tuple[str, Any, Any, Any, Any]


def use_counts() -> Counter[str]:
    """Uses by kind of stage, tool (`tool:<key>`), MEMORIES, LESSONS, CODE and EXTRACTIONS. Four queries.

    Where the roll-up has fallen far behind, the newest rows are not in it yet.
    """
    counters = UseCounter.objects.in_bulk([STEPS, EXTRACTIONS])
    steps = counters.get(STEPS) or UseCounter(source=STEPS)
    learned = counters.get(EXTRACTIONS) or UseCounter(source=EXTRACTIONS)
    newest = _rows(TurnStep.objects.filter(pk__gt=steps.counted_to))
    recent = len(_finished(learned)[:PIECE])
    return Counter(steps.totals) + uses_of(row[1:] for row in newest) + Counter({EXTRACTIONS: recent + _total(learned)})


def count_next() -> int:
    """Rolls up a piece of each source; returns how many rows, 0 when all that is sure is counted."""
    return _count_steps(timezone.now()) + _count_extractions(timezone.now())


@transaction.atomic
def _count_steps(now: datetime) -> int:
    mark = _locked(STEPS)
    if mark.counted_to >= mark.horizon:
        _look_further(mark, now)
        return 0
    if mark.horizon_at is None or mark.horizon_at > now - SURE:
        return 0
    rows = _rows(TurnStep.objects.filter(pk__gt=mark.counted_to, pk__lte=mark.horizon))
    mark.totals = dict(Counter(mark.totals) + uses_of(row[1:] for row in rows))
    mark.counted_to = rows[-1][0] if len(rows) == PIECE else mark.horizon
    mark.save(update_fields=["totals", "counted_to"])
    if mark.counted_to == mark.horizon:
        _look_further(mark, now)
    return len(rows)


def _look_further(mark: UseCounter, now: datetime) -> None:
    """Up to the newest id there is: SURE later each one up to it has been committed, or never will be."""
    newest = TurnStep.objects.filter(pk__gt=mark.counted_to).aggregate(newest=Max("pk"))["newest"]
    if newest is not None:
        mark.horizon, mark.horizon_at = newest, now
        mark.save(update_fields=["horizon", "horizon_at"])


@transaction.atomic
def _count_extractions(now: datetime) -> int:
    mark = _locked(EXTRACTIONS)
    times = list(_finished(mark).filter(finished_at__lte=now - SURE)[:PIECE])
    if not times:
        return 0
    # Those that ended at the same time as the last one are counted with it.
    count: int = _finished(mark).filter(finished_at__lte=times[-1]).count()
    mark.totals, mark.counted_until = {EXTRACTIONS: _total(mark) + count}, times[-1]
    mark.save(update_fields=["totals", "counted_until"])
    return count


def _locked(source: str) -> UseCounter:
    UseCounter.objects.get_or_create(source=source)
    return UseCounter.objects.select_for_update().get(source=source)


def _rows(steps: Any) -> list[tuple[Any, ...]]:
    """PIECE rows at most: the id, and what `uses_of` reads."""
    fields = ("pk", "kind", "data__tool", "data__role", "data__memories", "data__lessons")
    return list(steps.order_by("pk").values_list(*fields)[:PIECE])


def uses_of(steps: Iterable[Any]) -> Counter[str]:
    """What stages were uses of; a model may have asked for a tool that there is not."""
    uses: Counter[str] = Counter()
    known = tool_titles()
    for kind, tool, role, memories, lessons in steps:
        uses[kind] += 1
        uses[MEMORIES] += bool(memories)
        uses[LESSONS] += bool(lessons)
        uses[CODE] += kind == StepKind.EXECUTION and role in CODE_ROLES
        if kind == StepKind.TOOL and isinstance(tool, str) and tool in known:
            uses[f"{TOOL}{tool}"] += 1
    return uses


def _finished(mark: UseCounter) -> Any:
    """When the answers beyond the mark were learned from, the earliest first."""
    done = MemoryExtraction.objects.filter(state=ExtractionState.DONE, finished_at__isnull=False)
    if mark.counted_until is not None:
        done = done.filter(finished_at__gt=mark.counted_until)
    return done.order_by("finished_at").values_list("finished_at", flat=True)


def _total(mark: UseCounter) -> int:
    return int(mark.totals.get(EXTRACTIONS, 0))

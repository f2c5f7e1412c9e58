"""Who works on which comparison, and what came out: conditional updates, so that nothing is stored twice."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from chat.prompts.choices import AnswerState, ComparisonState
from chat.prompts.models import ComparedQuestion, PromptAnswer, PromptComparison
from chat.prompts.querysets import FINISHED_ANSWERS

LEASE = timedelta(seconds=20)
# An answer that has been begun so often by workers that died is given up.
MOST_ATTEMPTS = 3


def claim_comparison() -> PromptComparison | None:
    """The oldest comparison on which nobody works, now this worker's. One is worked on at a time."""
    now = timezone.now()
    if PromptComparison.objects.unfinished().filter(lease_until__gte=now).exists():
        return None
    for key in PromptComparison.objects.free().order_by("pk").values_list("pk", flat=True)[:5]:
        worker = uuid4().hex
        taken = PromptComparison.objects.free().filter(pk=key)
        if taken.update(state=ComparisonState.RUNNING, worker=worker, lease_until=now + LEASE):
            found: PromptComparison = PromptComparison.objects.select_related("prompt", "started_by").get(pk=key)
            return found
    return None


def renew(comparison: PromptComparison) -> bool:
    """Holds on to it; False when it was cancelled, deleted or taken over."""
    return bool(_mine(comparison).update(lease_until=timezone.now() + LEASE))


def let_go(comparison: PromptComparison) -> None:
    """For whoever comes next; what was begun and not stored is done again."""
    _mine(comparison).update(worker="", lease_until=None)


def claim_answer(comparison: PromptComparison) -> PromptAnswer | None:
    """The next answer to get, now `comparison.worker`'s; None when nothing is left or the comparison is lost."""
    if not _mine(comparison).exists():
        return None
    rows = PromptAnswer.objects.filter(_open(comparison), asked__comparison=comparison)
    for answer in rows.select_related("asked").order_by("asked__position", "side")[:10]:
        same = PromptAnswer.objects.filter(pk=answer.pk, state=answer.state, worker=answer.worker)
        if answer.attempts >= MOST_ATTEMPTS:
            same.update(state=AnswerState.FAILED, error="interrupted")
        elif same.update(state=AnswerState.RUNNING, worker=comparison.worker, attempts=answer.attempts + 1):
            answer.state, answer.worker = AnswerState.RUNNING, comparison.worker
            return answer
    return None


def store(answer: PromptAnswer, **values: Any) -> bool:
    """What came out of it; False, and nothing is stored, when the comparison is no longer its worker's."""
    held = PromptComparison.objects.filter(state=ComparisonState.RUNNING, worker=answer.worker)
    asked = ComparedQuestion.objects.filter(comparison__in=held)
    rows = PromptAnswer.objects.filter(pk=answer.pk, state=AnswerState.RUNNING, worker=answer.worker)
    return bool(rows.filter(asked__in=asked).update(**values))


def finish(comparison: PromptComparison) -> bool:
    """Ends a comparison whose answers are all there; as failed when there is not one. False while some are missing."""
    answers = PromptAnswer.objects.filter(asked__comparison=comparison)
    if answers.exclude(state__in=FINISHED_ANSWERS).exists():
        return False
    if answers.filter(state=AnswerState.DONE).exists():
        return end(comparison, ComparisonState.DONE)
    return fail(comparison, answers.values_list("error", flat=True).first() or "internal")


def fail(comparison: PromptComparison, code: str) -> bool:
    """`code` is one of chat.prompts.comparing.texts."""
    return end(comparison, ComparisonState.FAILED, error=code)


def end(comparison: PromptComparison, state: ComparisonState, *, error: str = "") -> bool:
    values = {"state": state, "error": error, "finished_at": timezone.now(), "worker": "", "lease_until": None}
    return bool(_mine(comparison).update(**values))


def _mine(comparison: PromptComparison) -> Any:
    return PromptComparison.objects.filter(pk=comparison.pk, state=ComparisonState.RUNNING, worker=comparison.worker)


def _open(comparison: PromptComparison) -> Q:
    """What waits, and what an earlier worker has left behind."""
    left_behind = Q(state=AnswerState.RUNNING) & ~Q(worker=comparison.worker)
    return Q(state=AnswerState.WAITING) | left_behind

"""Keeping what the verifier said of an answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from chat.experience.choices import JUDGED, known_type, known_verdict
from chat.experience.judging import lesson_of
from chat.experience.models import BEST_SCORE, INPUT_LENGTH, LEAST_SCORE, PROBLEMS_LENGTH, Experience
from chat.memory.holders import Holder
from chat.memory.models import MemoryAccount
from chat.memory.private import holds_secret
from chat.memory.words import clean
from chat.memory.writing import locked_account
from chat.models import Turn
from chat.pipeline.choices import TaskType
from integrations.services.environment import LOCAL_ANSWERS
from integrations.text.smalltalk import small_talk


def record(
    *,
    turn_id: UUID,
    holder: Holder | None,
    task_type: str,
    question: str,
    verdict: str,
    score: int | None,
    problems: str,
    model_key: str,
    language: str,
) -> None:
    """Within the transaction that ends an answered turn; one row at most, and none for what nobody has judged.

    Small talk and local answers teach nothing. The person's own account is locked, so that who erases at the same
    moment erases this too; a turn that was asked before that leaves no words.
    """
    kind, said = known_type(task_type), known_verdict(verdict)
    if said not in JUDGED or kind == TaskType.TALK or model_key in {"", LOCAL_ANSWERS} or small_talk(question):
        return
    row = Experience(
        turn_id=turn_id,
        task_type=kind,
        verdict=said,
        score=None if score is None else min(BEST_SCORE, max(LEAST_SCORE, score)),
        model_key=model_key[:100],
        language=language[:8],
        **(holder.fields if holder else {}),
    )
    if holder is not None and _may_quote(holder, turn_id):
        row.user_input = words_of(question, INPUT_LENGTH)
        row.problems = words_of(problems, PROBLEMS_LENGTH)
        row.lesson = lesson_of(verdict=said, score=row.score, problems=row.problems)
    # A turn has one row, also if it should ever end twice.
    Experience.objects.bulk_create([row], ignore_conflicts=True)


def words_of(text: str, length: int) -> str:
    """At most `length` characters in one line; nothing of a text that holds a secret."""
    return "" if holds_secret(text) else clean(text)[:length]


def keeps_words(account: MemoryAccount) -> bool:
    """Whether anything in words may be kept of the person."""
    return settings.MEMORY_ENABLED and account.enabled


def may_quote(account: MemoryAccount, asked_at: datetime) -> bool:
    """Whether what was asked at that moment may be kept: not what was said before the person erased his memory."""
    return keeps_words(account) and (account.erased_at is None or asked_at >= account.erased_at)


def _may_quote(holder: Holder, turn_id: UUID) -> bool:
    account = locked_account(holder)
    if account.erased_at is None:
        return keeps_words(account)
    asked: Any = Turn.objects.filter(pk=turn_id).values_list("created_at", flat=True).first()
    return asked is not None and may_quote(account, asked)

"""Forgetting for good: out of the table, the indexes of all processes, exports, and what is still being learned."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.experience.erasing import forget_experience
from chat.experience.models import Experience
from chat.memory.choices import ExtractionState
from chat.memory.holders import Holder, holder_of_row
from chat.memory.index import indexes
from chat.memory.models import Memory, MemoryExtraction
from chat.memory.writing import locked_account, save_changes

logger = logging.getLogger(__name__)

OPEN = (ExtractionState.PENDING, ExtractionState.RUNNING)


@dataclass(frozen=True, slots=True)
class Erased:
    """How many memories and experiences are gone, and how many answers are no longer learned from."""

    memories: int
    extractions: int
    experiences: int = 0


@transaction.atomic
def erase_all(holder: Holder, *, actor: Any) -> Erased:
    """Everything, also what his answers have taught; what was said so far teaches nothing any more."""
    erased = forget_memories(holder, Memory.objects.all(), actor=actor)
    return replace(erased, experiences=forget_experience(holder, Experience.objects.all(), actor=actor))


def forget_one(memory: Memory, *, actor: Any) -> Erased:
    holder = holder_of_row(memory)
    return forget_memories(holder, Memory.objects.filter(pk=memory.pk), actor=actor)


@transaction.atomic
def forget_memories(holder: Holder, rows: Any, *, actor: Any) -> Erased:
    """Those of `rows` that are the holder's.

    An extraction of an earlier turn could bring any of them back: those that wait or run are dropped, and one that
    ends later finds that its turn was asked before `erased_at`.
    """
    account = locked_account(holder)
    account.erased_at = timezone.now()
    account.save(update_fields=["erased_at"])
    gone, _ = Memory.objects.of(holder).filter(pk__in=rows.values("pk")).delete()
    open_ones = MemoryExtraction.objects.of(holder).filter(state__in=OPEN)
    dropped, _ = MemoryExtraction.objects.filter(pk__in=list(open_ones.values_list("pk", flat=True))).delete()
    save_changes(account, taken_away=True)
    transaction.on_commit(lambda: indexes.forget(holder))
    logger.info("%d memories of %s erased by %s", gone, holder, actor)
    return Erased(gone, dropped)


def matching(holder: Holder, *, before: datetime | None = None, text: str = "") -> Any:
    """The holder's memories from before a moment and with a text, whatever its case."""
    rows = Memory.objects.of(holder)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    return rows.filter(text__icontains=text) if text else rows

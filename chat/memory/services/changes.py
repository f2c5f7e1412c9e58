"""Changes to what is remembered already."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.memory import errors
from chat.memory.choices import Validation
from chat.memory.errors import MemoryRefused, SameMemory
from chat.memory.holders import Holder, holder_of_row
from chat.memory.models import LONGEST_TEXT, Memory, MemoryAccount
from chat.memory.private import holds_secret
from chat.memory.wake import wake_soon
from chat.memory.words import clean, digest_of, stored_terms
from chat.memory.writing import locked_account, save_changes

logger = logging.getLogger(__name__)

# A correction shows that it matters.
RAISED = 0.2
SURE = 1.0


@transaction.atomic
def correct(memory: Memory, changes: dict[str, Any], *, actor: Any, is_own: bool = True) -> Memory:
    """Changes text, category, memory_type, importance, pinned and tags; what the person himself says is confirmed.

    Raises MemoryRefused for a text that may not be remembered, SameMemory when another one says the same, and
    Memory.DoesNotExist when it was forgotten meanwhile.
    """
    account = locked_account(holder_of_row(memory))
    row = Memory.objects.select_for_update().get(pk=memory.pk)
    if "text" in changes:
        _reword(row, changes["text"])
    for name in ("category", "memory_type", "importance", "pinned", "tags"):
        if name in changes:
            setattr(row, name, changes[name])
    if is_own:
        row.validation, row.confidence = Validation.USER_CONFIRMED, SURE
        if "importance" not in changes:
            row.importance = min(1.0, row.importance + RAISED)
    elif "text" in changes:
        row.validation = Validation.VALIDATED
    _save(account, row)
    logger.info("memory %s corrected by %s", row.pk, actor)
    return row


def _reword(row: Memory, raw: str) -> None:
    text = clean(raw)
    terms = stored_terms(text)
    if not terms:
        raise MemoryRefused(errors.EMPTY)
    if len(text) > LONGEST_TEXT:
        raise MemoryRefused(errors.TOO_LONG)
    if holds_secret(text):
        raise MemoryRefused(errors.SECRET)
    digest = digest_of(text)
    same = Memory.objects.of(holder_of_row(row)).filter(digest=digest).exclude(pk=row.pk).first()
    if same is not None:
        raise SameMemory(same)
    if terms != row.terms:
        row.encoder, row.vector = "", None
        wake_soon()
    row.text, row.terms, row.digest = text, terms, digest


@transaction.atomic
def decide(memory: Memory, validation: str, *, actor: Any) -> bool:
    """Says whether a memory may be used; rejected, it is kept only so that it is not learned again."""
    account = locked_account(holder_of_row(memory))
    row = Memory.objects.select_for_update().filter(pk=memory.pk).exclude(validation=validation).first()
    if row is None:
        return False
    row.validation = validation
    if validation != Validation.REJECTED:
        # No longer the little that it was trusted before somebody had looked.
        row.confidence = SURE if validation == Validation.USER_CONFIRMED else max(row.confidence, 0.8)
    _save(account, row)
    logger.info("memory %s %s by %s", row.pk, validation, actor)
    return True


@transaction.atomic
def pin(memory: Memory, *, pinned: bool, actor: Any) -> bool:
    """A pinned memory enters every prompt that has room, and is never forgotten by itself."""
    account = locked_account(holder_of_row(memory))
    row = Memory.objects.select_for_update().filter(pk=memory.pk, pinned=not pinned).first()
    if row is None:
        return False
    row.pinned = pinned
    _save(account, row)
    logger.info("memory %s %s by %s", row.pk, "pinned" if pinned else "unpinned", actor)
    return True


def _save(account: MemoryAccount, row: Memory) -> None:
    row.fades_at = row.next_fading(timezone.now())
    row.revision = save_changes(account)
    row.save()


@transaction.atomic
def set_enabled(holder: Holder, *, enabled: bool, actor: Any) -> None:
    """Whether the assistant remembers this person; switched off, nothing is learned or recalled, nothing is erased."""
    account = locked_account(holder)
    if account.enabled == enabled:
        return
    account.enabled = enabled
    account.save(update_fields=["enabled"])
    logger.info("memory of %s switched %s by %s", holder, "on" if enabled else "off", actor)

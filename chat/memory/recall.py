"""What the assistant should know of the asker while it answers."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, When
from django.utils import timezone

from chat.memory.block import OVERHEAD, block_of
from chat.memory.encoding import encoder_key, question_vector
from chat.memory.holders import Holder, holder_of
from chat.memory.index import Entry, PersonIndex, indexes
from chat.memory.models import FADES_EVERY, USED_OFTEN, Memory, MemoryAccount
from chat.memory.ranking import Ranked, rank

logger = logging.getLogger(__name__)

# Pinned memories and instructions that are offered to a prompt; the budget decides how many of them go in.
MOST_STANDING = 20


@dataclass(frozen=True, slots=True)
class Recalled:
    """What goes into a prompt: the memories, the text that presents them as data, and its tokens.

    `learns`: whether the person lets what he says be remembered; False for a caller without identity.
    """

    memories: list[Entry] = field(default_factory=list)
    block: str = ""
    tokens: int = 0
    learns: bool = False

    @property
    def ids(self) -> list[UUID]:
        return [memory.id for memory in self.memories]


NOTHING = Recalled()


def recall(actor: Any, question: str, *, language: str) -> Recalled:
    """The memories of `actor` (a User, an AnonymousSubscriber, or None) that fit a question.

    Pinned ones and instructions come first and take at most half of the budget while others wait. One query, and one
    more when something was written since the last question in this process.
    """
    return recall_for(holder_of(actor), question, language=language)


def recall_for(holder: Holder | None, question: str, *, language: str) -> Recalled:
    """As `recall`, for a holder that is known already."""
    if holder is None or not settings.MEMORY_ENABLED:
        return NOTHING
    account = account_state(holder)
    if account is None:
        return Recalled(learns=True)
    enabled, revision, floor = account
    if not enabled:
        return NOTHING
    index = indexes.of(holder, revision=revision, floor=floor, encoder=encoder_key())
    if not len(index):
        return Recalled(learns=True)
    found = find(index, question, limit=settings.MEMORY_RECALLED, language=language)
    block, chosen, tokens = _within_budget(index, found)
    return Recalled(chosen, block, tokens, learns=True)


def account_state(holder: Holder) -> tuple[bool, int, int] | None:
    """Whether the person is remembered, revision and floor; None where nothing was ever written."""
    rows = MemoryAccount.objects.filter(**holder.fields).values_list("enabled", "revision", "floor")
    return rows.first()


def index_of(holder: Holder) -> PersonIndex:
    """The up-to-date index of a person; at most two queries."""
    account = account_state(holder)
    _, revision, floor = account or (True, 0, 0)
    return indexes.of(holder, revision=revision, floor=floor, encoder=encoder_key())


def find(index: PersonIndex, question: str, *, limit: int, language: str = "") -> list[Ranked]:
    """The memories near to a question, with the reasons for their places; those in `language` lightly preferred."""
    return rank(index, question, question_vector(index.encoder, question), limit=limit, language=language)


def _within_budget(index: PersonIndex, found: Sequence[Ranked]) -> tuple[str, list[Entry], int]:
    with index.lock:
        standing = index.standing(MOST_STANDING)
    known = {entry.id for entry in standing}
    near = [ranked.entry for ranked in found if ranked.entry.id not in known]
    budget = settings.MEMORY_PROMPT_TOKENS
    if standing and near:
        _, standing, _ = block_of(standing, budget=(budget + OVERHEAD) // 2)
    return block_of([*standing, *near], budget=budget)


def note_recalled(holder: Holder, ids: Sequence[UUID]) -> None:
    """Counts that these were of use in an answer, which also keeps them from fading; one statement."""
    if not ids:
        return
    now = timezone.now()
    often = When(access_count__gte=USED_OFTEN - 1, then=None)
    again = When(fades_at__isnull=False, then=now + FADES_EVERY)
    Memory.objects.of(holder).filter(pk__in=ids).update(
        access_count=F("access_count") + 1, last_accessed=now, fades_at=Case(often, again, default=None)
    )

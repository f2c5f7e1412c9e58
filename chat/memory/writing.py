"""Writing into one person's memory: guards, merging, limits. All within one transaction that holds the account."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, Count, IntegerField, Value, When
from django.utils import timezone

from chat.memory import errors
from chat.memory.choices import (
    PROTECTED_CATEGORIES,
    MemoryCategory,
    MemorySource,
    MemoryType,
    Validation,
)
from chat.memory.holders import Holder, holder_of_row
from chat.memory.index import PersonIndex
from chat.memory.models import LONGEST_TEXT, Memory, MemoryAccount
from chat.memory.private import holds_secret
from chat.memory.words import ALIKE, clean, content_words, contradicts, digest_of, likeness, stored_terms

# Less sure than this is not worth keeping, and goes first when a kind is full.
LEAST_CONFIDENCE = 0.3
# How sure a fact can be that nobody has said.
QUARANTINED = 0.3
# More alike within so much time are a loop, not news.
LOOP_TIME = timedelta(minutes=5)
LOOP_COUNT = 5
# Said once more, a memory is surer by this.
SUPPORT = 0.1
COMPARED = 20
# The share of a full kind that is made free at once: each time the index is read anew.
ROOM = 100

Outcome = Literal["added", "merged", "duplicate", "refused"]


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to be remembered. Without `memory_type` its category and importance decide how long it lives."""

    text: str
    category: str = MemoryCategory.GENERAL
    memory_type: str = ""
    importance: float = 0.5
    confidence: float = 0.8
    validation: str = Validation.VALIDATED
    source: str = MemorySource.CONVERSATION
    conversation_id: UUID | None = None
    pinned: bool = False
    tags: tuple[str, ...] = ()
    context_hash: str = ""
    created_at: datetime | None = None
    access_count: int = 0
    last_accessed: datetime | None = None

    @property
    def is_own_word(self) -> bool:
        """Whether the person has put it in so many words."""
        return self.validation == Validation.USER_CONFIRMED


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a draft; `code` (of chat.memory.errors) when it was refused."""

    outcome: Outcome
    memory: Memory | None = None
    code: str = ""


def locked_account(holder: Holder) -> MemoryAccount:
    """The person's account, made if needed and locked until the end of the transaction."""
    rows = MemoryAccount.objects.select_for_update().filter(**holder.fields)
    account = rows.first()
    if account is None:
        try:
            with transaction.atomic():
                MemoryAccount.objects.create(**holder.fields)
        except IntegrityError:
            # Another process was quicker.
            pass
        account = rows.get()
    return account


def save_changes(account: MemoryAccount, *, taken_away: bool = False) -> int:
    """Raises the account's revision and returns it; rows that were written carry the same number."""
    account.revision += 1
    if taken_away:
        account.floor = account.revision
    account.save(update_fields=["revision", "floor"])
    return account.revision


@dataclass(slots=True)
class Book:
    """One person's memories, open for writing. `index` knows them as of some revision; what is newer is read here.

    With `is_import` what is known already stays as it is, and nothing makes room for what comes in.
    """

    account: MemoryAccount
    index: PersonIndex
    is_import: bool = False
    now: datetime = field(default_factory=timezone.now)
    _own: PersonIndex = field(default_factory=PersonIndex)
    _counts: dict[str, int] = field(default_factory=dict)
    _dirty: bool = False
    _taken_away: bool = False

    def __post_init__(self) -> None:
        mine = Memory.objects.of(self.holder)
        self._own.revision = self.index.revision
        self._own.read(self.holder, upto=self.account.revision)
        self._counts = dict(mine.order_by().values_list("memory_type").annotate(n=Count("pk")))

    @property
    def holder(self) -> Holder:
        return holder_of_row(self.account)

    def close(self) -> None:
        """Makes what was written visible to all processes."""
        if self._dirty:
            save_changes(self.account, taken_away=self._taken_away)

    def keep(self, draft: Draft) -> Kept:
        text = clean(draft.text)
        terms = stored_terms(text)
        if code := _refusal(text, terms, draft):
            return Kept("refused", code=code)
        same = Memory.objects.of(self.holder).filter(digest=digest_of(text)).first()
        if same is not None:
            return self._said_again(same, draft, text)
        neighbours = list(self._neighbours(text, terms))
        if not (draft.is_own_word or self.is_import) and self._is_loop(neighbours):
            return Kept("refused", code=errors.REPEATED)
        for memory, alike in neighbours:
            if alike > ALIKE and not contradicts(memory.text, text):
                return self._said_again(memory, draft, text)
        return self._add(draft, text, terms)

    # Guards

    def _neighbours(self, text: str, terms: str) -> Iterator[tuple[Memory, float]]:
        """Memories that share words with a text, with their likeness, the most alike first."""
        words = terms.split()
        with self.index.lock:
            keys = self.index.alike(words, COMPARED)
        keys += self._own.alike(words, COMPARED)
        mine = content_words(text)
        rows = Memory.objects.of(self.holder).filter(pk__in=set(keys))
        found = [(row, likeness(mine, content_words(row.text))) for row in rows]
        yield from sorted(found, key=lambda pair: -pair[1])

    def _is_loop(self, neighbours: list[tuple[Memory, float]]) -> bool:
        """Whether the same is being said over and over, numbers aside."""
        lately = self.now - LOOP_TIME
        said = sum(row.burst for row, alike in neighbours if alike > ALIKE and row.burst_at > lately)
        return said >= LOOP_COUNT

    # Merging

    def _said_again(self, memory: Memory, draft: Draft, text: str) -> Kept:
        """The better-supported wording stays; said by the person, or checked at last, the new one is better."""
        if self.is_import:
            return Kept("duplicate", memory)
        if memory.validation == Validation.REJECTED and not draft.is_own_word:
            return Kept("refused", memory, errors.REJECTED)
        if not draft.is_own_word and memory.burst_at > self.now - LOOP_TIME and memory.burst >= LOOP_COUNT:
            return Kept("refused", memory, errors.REPEATED)
        if draft.validation == Validation.PENDING:
            return Kept("duplicate", memory)
        is_same, is_better = memory.text == text, _is_better(draft, memory)
        self._count_burst(memory)
        if is_better:
            memory.text, memory.digest, memory.terms = text, digest_of(text), stored_terms(text)
            memory.validation, memory.encoder, memory.vector = draft.validation, "", None
        memory.support += 1
        memory.importance = max(memory.importance, draft.importance)
        memory.confidence = min(1.0, max(memory.confidence, draft.confidence) + SUPPORT)
        memory.pinned = memory.pinned or draft.pinned
        self._save(memory)
        return Kept("duplicate" if is_same and not is_better else "merged", memory)

    def _count_burst(self, memory: Memory) -> None:
        if memory.burst_at > self.now - LOOP_TIME:
            memory.burst += 1
        else:
            memory.burst, memory.burst_at = 1, self.now

    # Adding

    def _add(self, draft: Draft, text: str, terms: str) -> Kept:
        kind = draft.memory_type or kind_of(draft)
        if not self._make_room(kind):
            return Kept("refused", code=errors.FULL)
        memory = Memory(
            **self.holder.fields,
            text=text,
            digest=digest_of(text),
            terms=terms,
            memory_type=kind,
            category=draft.category,
            importance=draft.importance,
            confidence=draft.confidence,
            validation=draft.validation,
            source=draft.source,
            conversation_id=draft.conversation_id,
            pinned=draft.pinned,
            tags=list(draft.tags),
            context_hash=draft.context_hash,
            created_at=draft.created_at or self.now,
            access_count=draft.access_count,
            last_accessed=draft.last_accessed,
            burst_at=self.now,
        )
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._save(memory, new=True)
        return Kept("added", memory)

    def _save(self, memory: Memory, *, new: bool = False) -> None:
        memory.fades_at = memory.next_fading(self.now)
        memory.revision = self.account.revision + 1
        memory.save(force_insert=new)
        self._own.add(memory)
        self._dirty = True

    def _make_room(self, kind: str) -> bool:
        """Whether there is room for one more of its kind, after the least worthy ones have gone."""
        limit = settings.MEMORY_LIMITS[kind]
        surplus = self._counts.get(kind, 0) + 1 - limit
        if surplus <= 0 or self.is_import:
            return surplus <= 0
        gone = self._forget_worst(kind, surplus + limit // ROOM)
        return gone >= surplus

    def _forget_worst(self, kind: str, count: int) -> int:
        unsure = Case(
            When(confidence__lt=LEAST_CONFIDENCE, then=Value(0)), default=Value(1), output_field=IntegerField()
        )
        worst = unprotected(Memory.objects.of(self.holder).filter(memory_type=kind)).order_by(
            unsure, "importance", "confidence", "access_count", "created_at", "pk"
        )
        gone, _ = Memory.objects.filter(pk__in=list(worst.values_list("pk", flat=True)[:count])).delete()
        self._counts[kind] = self._counts.get(kind, 0) - gone
        if gone:
            self._dirty = self._taken_away = True
        return gone


def unprotected(rows: Any) -> Any:
    """`Memory.is_protected`, denied, as a filter."""
    confirmed = Validation.USER_CONFIRMED
    return rows.filter(pinned=False).exclude(validation=confirmed).exclude(category__in=PROTECTED_CATEGORIES)


def kind_of(draft: Draft) -> str:
    """How long something lives that nobody has said it of."""
    if draft.category == MemoryCategory.LEARNED:
        return MemoryType.SEMANTIC
    if draft.category in {MemoryCategory.EVENT, MemoryCategory.CONVERSATION}:
        return MemoryType.EPISODIC
    if draft.category == MemoryCategory.GENERAL and draft.importance < 0.6:
        return MemoryType.SHORT_TERM
    return MemoryType.LONG_TERM


def _refusal(text: str, terms: str, draft: Draft) -> str:
    if not text or not terms:
        return errors.EMPTY
    if len(text) > LONGEST_TEXT:
        return errors.TOO_LONG
    if holds_secret(text) or any(holds_secret(tag) for tag in draft.tags):
        return errors.SECRET
    return errors.UNSURE if draft.confidence < LEAST_CONFIDENCE else ""


def _is_better(draft: Draft, memory: Memory) -> bool:
    if draft.is_own_word or memory.validation == Validation.USER_CONFIRMED:
        return draft.is_own_word
    if memory.validation == Validation.PENDING:
        return True
    # As sure and more exact.
    return memory.support == 1 and content_words(draft.text) > content_words(memory.text)

"""Taking up extractions: claimed with a lease, tried again with growing pauses, given up in the end."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chat.choices import MessageRole
from chat.language import language_of
from chat.memory.choices import ExtractionState, Validation
from chat.memory.extraction.asking import PURPOSE, SECONDS, Fact, ask_for_facts, routes_for
from chat.memory.grounding import Said
from chat.memory.holders import Holder, holder_of_conversation
from chat.memory.models import MemoryExtraction
from chat.memory.recall import account_state, index_of
from chat.memory.wake import wake_soon
from chat.memory.writing import QUARANTINED, Book, Draft, locked_account
from chat.models import Message, Turn
from integrations.providers.errors import ProviderError
from integrations.services.usage import Caller
from knowledge.models import Chunk

logger = logging.getLogger(__name__)

# The answer, its repair, and room to write.
LEASE = timedelta(seconds=2 * SECONDS + 60)
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
MOST_ATTEMPTS = len(PAUSES) + 1
LEAST_IMPORTANCE = 0.5
MOST_FACTS = 10
# Messages of the person before the question, whose names and numbers a fact may use.
EARLIER = 10


def learn_next() -> bool:
    """Learns from one finished turn; False when none is due."""
    extraction = _claim()
    if extraction is None:
        return False
    try:
        _learn(extraction)
    except ProviderError as error:
        _try_later(extraction, error.code)
    except Exception:  # noqa: BLE001 - whatever broke, the others go on; the row says that it failed, the log why
        logger.exception("turn %s cannot be learned from", extraction.pk)
        _try_later(extraction, "internal")
    return True


def _claim() -> MemoryExtraction | None:
    """A turn that is now this worker's to learn from; one that has killed its workers is given up."""
    now = timezone.now()
    for pk in MemoryExtraction.objects.due(now).order_by("next_at").values_list("pk", flat=True)[:10]:
        row = MemoryExtraction.objects.filter(pk=pk).first()
        if row is None:
            continue
        if row.attempts >= MOST_ATTEMPTS:
            _end(row, ExtractionState.FAILED, error=row.error or "internal")
            continue
        until = now + LEASE
        mine = MemoryExtraction.objects.due(now).filter(pk=pk, attempts=row.attempts)
        if mine.update(state=ExtractionState.RUNNING, lease_until=until, attempts=row.attempts + 1):
            row.state, row.lease_until, row.attempts = ExtractionState.RUNNING, until, row.attempts + 1
            return row
    return None


def _learn(extraction: MemoryExtraction) -> None:
    turn = Turn.objects.select_related("conversation__owner", "question", "answer").get(pk=extraction.pk)
    holder = holder_of_conversation(turn.conversation)
    state = account_state(holder) if holder else None
    if holder is None or not settings.MEMORY_ENABLED or (state is not None and not state[0]):
        _end(extraction, ExtractionState.DONE)
        return
    owner = turn.conversation.owner
    facts = ask_for_facts(
        turn.question.content,
        turn.answer.content,
        language=language_of(turn.question.content, default=turn.options.get("language", "en")),
        routes=routes_for(turn.requested_model),
        caller=Caller(owner, turn.pk, PURPOSE, visitor=owner is None),
    )
    _write(extraction, turn, holder, list(_drafts(facts, turn, extraction)))


def _drafts(facts: Iterable[Fact], turn: Turn, extraction: MemoryExtraction) -> Iterable[Draft]:
    """The facts worth keeping; what says more than was said is to be checked by a person first."""
    said = Said(_said_by(turn, extraction))
    context = hashlib.sha256(turn.question.content.encode()).hexdigest()[:8]
    for fact in [fact for fact in facts if fact.importance >= LEAST_IMPORTANCE][:MOST_FACTS]:
        invented = said.invented(fact.text)
        if invented:
            logger.info("turn %s: a fact is to be checked, %d of its details were not said", turn.pk, len(invented))
        yield Draft(
            fact.text,
            category=fact.category,
            importance=fact.importance,
            confidence=QUARANTINED if invented else 0.8,
            validation=Validation.PENDING if invented else Validation.VALIDATED,
            conversation_id=turn.conversation_id,
            context_hash=context,
        )


def _said_by(turn: Turn, extraction: MemoryExtraction) -> list[str]:
    """What the person said, also before, who he is, and what the answer's sources say."""
    person = turn.conversation.owner
    names = [person.username, person.get_full_name(), person.email] if person else []
    earlier = Message.objects.filter(
        conversation=turn.conversation_id,
        role=MessageRole.USER,
        position__lt=turn.question.position,
        position__gt=turn.conversation.context_after,
    )
    before = earlier.order_by("-position").values_list("content", flat=True)[:EARLIER]
    sources = Chunk.objects.filter(pk__in=extraction.passages).values_list("text", flat=True)
    return [turn.question.content, *before, *sources, *names]


def _write(extraction: MemoryExtraction, turn: Turn, holder: Holder, drafts: list[Draft]) -> None:
    """All that was learned and the end of the row in one transaction, unless it was erased or taken meanwhile."""
    index = index_of(holder)
    with transaction.atomic(durable=True):
        account = locked_account(holder)
        erased = account.erased_at is not None and turn.created_at <= account.erased_at
        if not MemoryExtraction.objects.filter(**_as_claimed(extraction)).exists():
            return
        outcomes: Counter[str] = Counter()
        if account.enabled and not erased:
            book = Book(account, index)
            outcomes.update(book.keep(draft).outcome for draft in drafts)
            book.close()
        learned = outcomes["added"] + outcomes["merged"]
        _end(extraction, ExtractionState.DONE, learned=learned, refused=outcomes["refused"])
    if learned:
        wake_soon()


def _as_claimed(extraction: MemoryExtraction) -> dict[str, Any]:
    return {"pk": extraction.pk, "state": extraction.state, "lease_until": extraction.lease_until}


def _try_later(extraction: MemoryExtraction, code: str) -> None:
    if extraction.attempts >= MOST_ATTEMPTS:
        _end(extraction, ExtractionState.FAILED, error=code)
        return
    MemoryExtraction.objects.filter(**_as_claimed(extraction)).update(
        state=ExtractionState.PENDING,
        lease_until=None,
        next_at=timezone.now() + PAUSES[extraction.attempts - 1],
        error=code,
    )


def _end(extraction: MemoryExtraction, state: ExtractionState, *, error: str = "", **figures: int) -> None:
    MemoryExtraction.objects.filter(**_as_claimed(extraction)).update(
        state=state, lease_until=None, error=error[:100], finished_at=timezone.now(), **figures
    )


def try_again(rows: Any) -> int:
    """Puts those that were given up back in line; returns how many."""
    done = rows.filter(state=ExtractionState.FAILED).update(
        state=ExtractionState.PENDING, attempts=0, next_at=timezone.now(), lease_until=None, finished_at=None
    )
    if done:
        wake_soon()
    return int(done)

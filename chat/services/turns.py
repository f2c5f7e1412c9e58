"""Asking, stopping, asking again."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from chat.choices import MessageRole, MessageState, TurnState
from chat.errors import ConversationBusy, TurnNotRetryable
from chat.models import Conversation, Message, Turn
from chat.services.queueing import queue_key, queue_limit
from chat.services.spending import require_budget
from config.trace import trace_id
from integrations.sealing import place_of
from integrations.secretbox import seal

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked and how. `api_key` is the caller's own key for `options["provider"]`, `address` his IP address."""

    text: str
    model: str = ""
    language: str = "en"
    options: dict[str, Any] = field(default_factory=dict)
    api_key: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


def key_place(turn: Turn) -> str:
    return place_of(turn, "sealed_key")


def start_turn(conversation: Conversation, question: Question, *, actor: Any) -> Turn:
    """Stores the question and an answer to be, and wakes a worker once both are committed.

    A conversation that is not stored yet is stored with them.

    Raises ConversationBusy while another turn of the conversation is running, BudgetExceeded when nothing is left
    to pay for the answer.
    """
    require_budget(conversation, question, actor=actor)
    try:
        with transaction.atomic():
            turn = _create_turn(conversation, question, actor)
            transaction.on_commit(_wake)
    except IntegrityError as error:
        active = Turn.objects.active().filter(conversation=conversation).first()
        if active is None:
            raise
        raise ConversationBusy(active.pk) from error
    logger.info("turn %s asked by %s", turn.pk, actor)
    return turn


def retry_turn(turn: Turn, *, actor: Any, address: str = "") -> Turn:
    """Asks the question of a finished turn again, as a new turn; the old answer stays in the history."""
    if turn.is_active:
        raise ConversationBusy(turn.pk)
    if Turn.objects.filter(conversation_id=turn.conversation_id, created_at__gt=turn.created_at).exists():
        raise TurnNotRetryable
    language = turn.options.get("language", "en")
    question = Question(turn.question.content, turn.requested_model, language, turn.options, address=address)
    return start_turn(turn.conversation, question, actor=actor)


def stop_turn(turn: Turn, *, actor: Any) -> None:
    """Asks the worker to stop; a turn that nobody has begun is over at once. The text so far is kept."""
    from chat.turns.recovery import end_waiting

    if not Turn.objects.active().filter(pk=turn.pk).update(stop_requested=True):
        return
    logger.info("turn %s stopped by %s", turn.pk, actor)
    end_waiting(turn.pk)


def _create_turn(conversation: Conversation, question: Question, actor: Any) -> Turn:
    last = _prepare(conversation, question.text)
    asked = Message(conversation=conversation, position=last + 1, role=MessageRole.USER, content=question.text)
    answer = Message(
        conversation=conversation, position=last + 2, role=MessageRole.ASSISTANT, state=MessageState.STREAMING
    )
    Message.objects.bulk_create([asked, answer])
    turn = Turn(
        conversation=conversation,
        question=asked,
        answer=answer,
        state=TurnState.PENDING,
        requested_model=question.model[:200],
        options={"language": question.language, **question.options, "trace": trace_id.get()},
        queue_key=queue_key(actor, question.address),
        queue_limit=queue_limit(actor),
    )
    if question.api_key:
        turn.sealed_key = seal(question.api_key, place=key_place(turn))
    turn.save(force_insert=True)
    return turn


def _prepare(conversation: Conversation, text: str) -> int:
    """Stores that the conversation goes on, which also keeps others out of it; the position of its last message."""
    conversation.last_activity = timezone.now()
    if not conversation.title:
        conversation.title = " ".join(text.split())[:80]
    if conversation._state.adding:
        conversation.save(force_insert=True)
        return 0
    conversation.save(update_fields=["last_activity", "title"])
    return conversation.messages.aggregate(last=Max("position"))["last"] or 0


def _wake() -> None:
    from chat.turns.wake import wake_runners

    wake_runners()

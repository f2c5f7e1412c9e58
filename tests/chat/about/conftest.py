"""Answers, stages and people for what the assistant says of itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.choices import Channel, MessageRole, MessageState, TurnState
from chat.experience.models import Experience
from chat.memory.holders import holder_of
from chat.memory.models import MemoryExtraction
from chat.models import Conversation, Message, Turn, TurnStep
from integrations.models import AIModel, AIProvider

ROUTES = ["stats", "health", "status", "self", "organs", "organs/memory", "growth", "curiosity"]


@pytest.fixture
def model(db: None) -> AIModel:
    """A model that a minute ago was found to answer."""
    provider = AIProvider.objects.create(
        key="house", name="House server", kind="openai", base_url="http://127.0.0.1:9/v1",
        healthy=True, checked_at=timezone.now(),
    )  # fmt: skip
    made: AIModel = AIModel.objects.create(key="house-big", provider=provider, name="big-1", title="Big", priority=1)
    return made


def conversation_of(actor: Any, channel: str = Channel.ASSISTANT, **fields: Any) -> Conversation:
    holder = holder_of(actor)
    made: Conversation = Conversation.objects.create(channel=channel, **(holder.fields if holder else {}), **fields)
    return made


def answered(
    conversation: Conversation,
    question: str = "What is tea?",
    answer: str = "A drink.",
    metadata: dict[str, Any] | None = None,
    **fields: Any,
) -> Turn:
    """A question of a conversation and its answer, at the next positions."""
    last = conversation.messages.count()
    said = Message.objects.create(conversation=conversation, position=last + 1, role=MessageRole.USER, content=question)
    told = Message.objects.create(
        conversation=conversation, position=last + 2, role=MessageRole.ASSISTANT, content=answer,
        state=MessageState.COMPLETE, metadata=metadata or {},
    )  # fmt: skip
    made: Turn = Turn.objects.create(
        conversation=conversation, question=said, answer=told, **{"state": TurnState.DONE, **fields}
    )
    return made


def stages(turn: Turn, *kinds: str, **data: Any) -> list[TurnStep]:
    """Rows of these kinds, each with `data`, after those that the turn has."""
    first = turn.steps.count()
    rows = [
        TurnStep(turn=turn, number=first + n, kind=kind, started_at=timezone.now(), data=data)
        for n, kind in enumerate(kinds)
    ]
    return list(TurnStep.objects.bulk_create(rows))


def learned(turn: Turn, *, minutes: float) -> MemoryExtraction:
    """That the answer was learned from so long ago."""
    ended = timezone.now() - timedelta(minutes=minutes)
    made: MemoryExtraction = MemoryExtraction.objects.create(turn=turn, state="done", finished_at=ended)
    return made


@pytest.fixture
def judged() -> Callable[..., None]:
    """Answers to somebody's questions that a verifier gave these scores."""

    def judge(actor: Any, *scores: int) -> None:
        conversation = conversation_of(actor)
        for score in scores:
            turn = answered(conversation)
            Experience.objects.create(
                owner=actor, turn=turn, task_type="question", verdict="accepted", score=score, created_at=timezone.now()
            )

    return judge

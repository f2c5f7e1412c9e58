"""Answered turns, and what a verifier or a person says of them."""

import json
from typing import Any

import pytest

from accounts.models import AnonymousSubscriber, User
from chat import tasks as chat_tasks
from chat.choices import Channel, MessageRole, TurnState
from chat.experience.lessons import CLOSING, OPENING, lessons_for
from chat.experience.models import Experience
from chat.experience.recording import record
from chat.memory import tasks
from chat.memory.holders import Holder, holder_of
from chat.models import Conversation, Message, Turn
from chat.pipeline.models import TurnStep

MODEL = "test-model"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.work_on_memory, "delay", lambda *_: None)
    monkeypatch.setattr(chat_tasks.run_turns, "delay", lambda *_: None)


def answered(actor: Any, question: str = "How are keys rotated?", **fields: Any) -> Turn:
    """A finished turn of a conversation of its own."""
    question = question.replace("\x00", "")
    owner = actor if isinstance(actor, User) else None
    visitor = actor if isinstance(actor, AnonymousSubscriber) else None
    conversation = Conversation.objects.create(
        owner=owner, visitor=visitor, channel=fields.pop("channel", Channel.PAGE), title=question[:80]
    )
    asked = Message.objects.create(conversation=conversation, position=1, role=MessageRole.USER, content=question)
    answer = Message.objects.create(
        conversation=conversation, position=2, role=MessageRole.ASSISTANT, content="With a command."
    )
    task_type = fields.pop("task_type", None)
    values = {"state": TurnState.DONE, "model_key": MODEL, "options": {"language": "en"}, **fields}
    turn: Turn = Turn.objects.create(conversation=conversation, question=asked, answer=answer, **values)
    if task_type:
        TurnStep.objects.create(
            turn=turn, number=1, kind="analysis", started_at=turn.created_at, data={"task_type": task_type}
        )
    return turn


def judged(actor: Any, question: str = "How are keys rotated?", **said: Any) -> Any:
    """The row that is kept of an answer that a verifier has judged; None for none."""
    turn = answered(actor, question)
    values = {
        "task_type": "question",
        "verdict": "accepted",
        "score": 9,
        "problems": "",
        "model_key": MODEL,
        "language": "en",
        **said,
    }
    record(turn_id=turn.pk, holder=holder_of(actor), question=question, **values)
    return Experience.objects.filter(turn=turn).first()


def many(actor: Any, count: int, **fields: Any) -> list[Experience]:
    """So many judged answers of one conversation, written at once."""
    first = answered(actor)
    answers = [
        Message(conversation=first.conversation, position=number + 3, role=MessageRole.ASSISTANT)
        for number in range(count)
    ]
    Message.objects.bulk_create(answers)
    turns = [
        Turn(
            conversation=first.conversation,
            question=first.question,
            answer=answer,
            state=TurnState.DONE,
            model_key=MODEL,
        )
        for answer in answers
    ]
    Turn.objects.bulk_create(turns)
    values = {"task_type": "question", "verdict": "needs_work", "score": 4, "lesson": "facts", **fields}
    holder = holder_of(actor)
    whose = holder.fields if holder else {}
    rows = [Experience(turn=turn, **whose, **values) for turn in turns]
    Experience.objects.bulk_create(rows)
    return rows


def holding(actor: Any) -> Holder:
    holder = holder_of(actor)
    assert holder is not None
    return holder


def lines(actor: Any, task_type: str = "question", language: str = "en") -> list[dict[str, str]]:
    """The lessons that enter the prompt, as they stand in it."""
    block = lessons_for(holding(actor), task_type, language=language).block
    inside = block.rpartition(f"\n{OPENING}\n")[2].partition(f"\n{CLOSING}")[0]
    return [json.loads(line) for line in inside.splitlines()]

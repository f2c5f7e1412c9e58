"""People who are remembered, and workers that tests call by themselves."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from chat import tasks as chat_tasks
from chat.memory import tasks
from chat.memory.choices import Validation
from chat.memory.holders import Holder, holder_of
from chat.memory.models import Memory
from chat.memory.services import remember
from chat.memory.writing import Draft
from knowledge.encoders import base, registry


class WordEncoder(base.Encoder):
    """Vectors that tests foresee: a number for each theme of a small world, and nothing for all else."""

    key = "words"
    WORLD = ("tea coffee drink чай кофе напиток", "cat dog pet кот собака питомец", "kazan city казань город")

    def passages(self, texts: Any) -> Any:
        return base.normalised([self._numbers(text) for text in texts])

    def query(self, text: str) -> Any:
        return self.passages([text])[0]

    def _numbers(self, text: str) -> list[float]:
        words = text.lower().replace(".", " ").replace("?", " ").split()
        return [float(sum(word in theme.split() for word in words)) for theme in self.WORLD]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """No broker, and words alone where a test does not say otherwise."""
    monkeypatch.setattr(tasks.work_on_memory, "delay", lambda *_: None)
    monkeypatch.setattr(chat_tasks.run_turns, "delay", lambda *_: None)
    settings.KNOWLEDGE_ENCODER = ""


@pytest.fixture
def words_encoder(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Makes the encoder of this file the one in use."""
    monkeypatch.setitem(registry.LOCAL, "words", WordEncoder)
    registry.encoder_for.cache_clear()
    registry.recent.clear()
    settings.KNOWLEDGE_ENCODER = "words"
    yield
    registry.encoder_for.cache_clear()
    registry.recent.clear()


def told(actor: Any, *texts: str, **fields: Any) -> list[Any]:
    """What becomes of facts that were learned of somebody."""
    return remember(holding(actor), [Draft(text, **fields) for text in texts])


def confirmed(actor: Any, *texts: str, **fields: Any) -> list[Any]:
    """As `told`, by the person himself."""
    return told(actor, *texts, validation=Validation.USER_CONFIRMED, **fields)


def holding(actor: Any) -> Holder:
    holder = holder_of(actor)
    assert holder is not None
    return holder


def texts_of(actor: Any) -> list[str]:
    return list(Memory.objects.visible_to(actor).order_by("created_at", "text").values_list("text", flat=True))


@pytest.fixture
def tea(alice: User) -> Memory:
    (kept,) = told(alice, "Alice drinks green tea every morning", category="preference")
    assert kept.memory is not None
    return kept.memory

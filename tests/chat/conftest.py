"""A running runner and a model server for the tests of the chat."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections

from chat import tasks
from chat.models import Turn
from chat.turns import runner as runner_module
from integrations.models import AIModel, AIProvider
from integrations.services.environment import sync_from_environment
from tests.model_server import ModelServer, model_server


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def runner(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[runner_module.TurnRunner]:
    """This process's runner; wake-up calls reach it without a broker in between."""
    made = runner_module.get_runner()
    monkeypatch.setattr(tasks.run_turns, "delay", lambda *_: made.wake())
    yield made
    runner_module.shutdown(0.2)
    connections.close_all()


@pytest.fixture
def local_only(transactional_db: None, settings: Any) -> None:
    """The registry of a server without any key."""
    settings.LOCAL_ANSWER_WORDS_PER_SECOND = 0
    sync_from_environment()


@pytest.fixture
def connected(transactional_db: None, models: ModelServer) -> Callable[[str], AIModel]:
    """Makes the model server's model of this name the default one."""
    provider = AIProvider.objects.create(key="test", name="Test server", kind="openai", base_url=models.url)

    def connect(name: str) -> AIModel:
        model: AIModel = AIModel.objects.create(
            key=f"test-{name}",
            provider=provider,
            name=name,
            title=name.title(),
            priority=1,
            input_price="2.5",
            output_price="10",
        )
        return model

    return connect


def finished(turn_id: Any, seconds: float = 40) -> Turn:
    """The turn once it is over."""
    return eventually(
        lambda: Turn.objects.exclude(state__in=["pending", "running"]).filter(pk=turn_id).first(), seconds
    )


def eventually(probe: Callable[[], Any], seconds: float = 40) -> Any:
    """The first truthy value of `probe`, or a failed test."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := probe():
            return value
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


def streamed(response: Any) -> str:
    """The whole body of a streaming response."""

    async def collect() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return async_to_sync(collect)().decode()

"""Who uses a tool, and a website of our own that the tool for pages reaches."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from chat import tasks as chat_tasks
from chat.memory import tasks
from chat.memory.holders import holder_of
from chat.tools import web
from chat.tools.registry import ToolContext, ToolFailed, ToolResult, run_tool
from integrations.http import GuardedClient, Policy
from tests.knowledge.web.conftest import Site, site  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(tasks.work_on_memory, "delay", lambda *_: None)
    monkeypatch.setattr(chat_tasks.run_turns, "delay", lambda *_: None)
    settings.KNOWLEDGE_ENCODER = ""


@pytest.fixture(autouse=True)
def in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's transaction is seen by its own thread alone."""

    async def run(function: Any, *args: Any, **kwargs: Any) -> Any:
        return await sync_to_async(function)(*args, **kwargs)

    for module in ("chat.tools.web", "chat.tools.searching"):
        monkeypatch.setattr(f"{module}.in_db", run)


@pytest.fixture
def website(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:  # noqa: F811 - the fixture
    """The site as the tool sees it: with its own limits, and names and network of the tests."""

    def client() -> GuardedClient:
        policy: Policy = real()._policy
        return GuardedClient(policy.but(**site.policy), resolver=site.names, network=site.network)

    real = web.web_client
    monkeypatch.setattr(web, "web_client", client)
    return site


def context(actor: Any = None, *said: str, **fields: Any) -> ToolContext:
    values = {"turn_id": None, "scope": "assistant", "without": "", "language": "en"} | fields
    return ToolContext(holder=holder_of(actor), said=said, **values)


def use(key: str, value: Any, asked: ToolContext) -> ToolResult:
    return async_to_sync(run_tool)(asked, key, value)


def failure(key: str, value: Any, asked: ToolContext) -> ToolFailed:
    with pytest.raises(ToolFailed) as failed:
        use(key, value, asked)
    return failed.value

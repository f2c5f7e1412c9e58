"""Alice asks a model that obeys every instruction; a website of our own has the page that she names."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.memory import tasks
from chat.tools import web
from integrations.http import GuardedClient
from integrations.models import AIModel, AIProvider
from tests.chat.injection.gullible import GullibleServer
from tests.knowledge.web.conftest import Site, site  # noqa: F401 - a fixture
from tests.model_server import reachable


@pytest.fixture(autouse=True)
def words_alone(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for everything, so that what does not get through was not left out."""
    settings.KNOWLEDGE_ENCODER = ""
    settings.MEMORY_PROMPT_TOKENS = settings.TOOL_PROMPT_TOKENS = 20_000
    settings.TOOL_MAX_CHARACTERS = 60_000
    monkeypatch.setattr(tasks.work_on_memory, "delay", lambda *_: None)


@pytest.fixture
def believer() -> Iterator[GullibleServer]:
    server = GullibleServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with reachable(server.server_port):
        yield server
    server.gate.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def believing(transactional_db: None, believer: GullibleServer) -> AIModel:
    provider = AIProvider.objects.create(key="test", name="Test server", kind="openai", base_url=believer.url)
    model: AIModel = AIModel.objects.create(
        key="gullible", provider=provider, name="gullible", title="Gullible", priority=1
    )
    return model


@pytest.fixture
def website(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:  # noqa: F811 - the fixture
    real: Callable[[], GuardedClient] = web.web_client

    def client() -> GuardedClient:
        return GuardedClient(real()._policy, resolver=site.names, network=site.network)

    monkeypatch.setattr(web, "web_client", client)
    return site

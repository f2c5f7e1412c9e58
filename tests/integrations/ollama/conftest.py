"""An Ollama with three models of which two fit into its memory, and the registry's rows of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from integrations.calls.chain import ModelCall
from integrations.models import AIModel, AIProvider, ModelRole, RoleStep
from integrations.ollama import looking
from integrations.providers.base import ChatMessage, CompletionRequest, Delta
from integrations.services.providers import account_of, check_provider
from integrations.services.routing import Route, route_to
from integrations.services.usage import Caller
from tests.integrations.ollama.server import Ollama, ollama_server


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    with ollama_server() as server:
        server.has(coder_7b=5, mistral_7b=4.5, small_latest=1.5)
        yield server


def register(server: Any, *names: str, **fields: Any) -> AIProvider:
    provider, _ = AIProvider.objects.get_or_create(
        key=f"ollama-{server.server_port}",
        defaults={"name": f"Ollama {server.server_port}", "kind": "openai", "base_url": server.url},
    )
    for name in names:
        values = {"title": name, "is_local": True, **fields}
        key = f"{name.replace(':', '-')}-{server.server_port}"
        AIModel.objects.create(key=key, provider=provider, name=name, **values)
    return provider


@pytest.fixture
def provider(transactional_db: None, ollama: Ollama) -> AIProvider:
    """Recognised as Ollama, with nothing in its memory."""
    found = register(ollama, "coder:7b", "mistral:7b", "small")
    assert check_provider(found).ok
    ollama.gets.clear()
    return AIProvider.objects.get(pk=found.pk)


@pytest.fixture
def route(provider: AIProvider) -> Callable[..., Route]:
    def to(name: str, **fields: Any) -> Route:
        return route_to(AIModel.objects.select_related("provider").get(provider=provider, name=name))

    return to


@pytest.fixture
def routes(route: Callable[..., Route]) -> dict[str, Route]:
    """By the model's name."""
    return {name: route(name) for name in ("coder:7b", "mistral:7b", "small")}


def role(key: str, *models: AIModel) -> ModelRole:
    found, _ = ModelRole.objects.get_or_create(key=key, defaults={"title": key})
    for position, model in enumerate(models, 1):
        RoleStep.objects.create(role=found, model=model, position=position)
    return found


def look(provider: AIProvider) -> None:
    looking.look_at_all([(provider, account_of(provider))])


def request_to(route: Route) -> CompletionRequest:
    return CompletionRequest(route.model_name, [ChatMessage("user", "Как дела?")])


async def ask(*chain: Route) -> str:
    call = ModelCall(chain, Caller())
    return "".join([item.text async for item in call.stream(request_to) if isinstance(item, Delta)])


@pytest.fixture
def register_there(transactional_db: None) -> Callable[..., Any]:
    """A route to a model of another Ollama server, for tests that run on a loop."""

    def make(server: Ollama, name: str) -> Route:
        check_provider(register(server, name))
        return route_to(AIModel.objects.select_related("provider").get(name=name, provider__base_url=server.url))

    return sync_to_async(make)

"""Servers whose models behave as their names say, and chains of them."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from integrations.calls.chain import ModelCall
from integrations.models import AIModel, AIProvider
from integrations.providers.base import ChatMessage, CompletionRequest, Delta
from integrations.services.routing import Route, route_to
from integrations.services.usage import Caller
from tests.model_server import ModelServer, model_server


@pytest.fixture
def first() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def second() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def route(register: Callable[..., Route]) -> Callable[..., Any]:
    """`register` for tests that run on a loop."""
    return sync_to_async(register)


@pytest.fixture
def register(transactional_db: None) -> Callable[..., Route]:
    """Registers a model of a server; each server is one provider."""

    def make(server: ModelServer, name: str, **fields: Any) -> Route:
        port = server.server_address[1]
        provider, _ = AIProvider.objects.get_or_create(
            key=f"server-{port}", defaults={"name": f"Server {port}", "kind": "openai", "base_url": server.url}
        )
        prices = {"input_price": Decimal("2.5"), "output_price": Decimal(10)}
        model = AIModel.objects.create(
            key=f"{name}-{port}", provider=provider, name=name, title=name, **prices, **fields
        )
        return route_to(model)

    return make


def request_to(route: Route) -> CompletionRequest:
    return CompletionRequest(route.model_name, [ChatMessage("user", "Как дела?")], degraded=route.degraded)


async def ask(*routes: Route) -> tuple[str, ModelCall]:
    """The text of the chain's answer, and the call."""
    call = ModelCall(routes, Caller())
    return "".join([item.text async for item in call.stream(request_to) if isinstance(item, Delta)]), call

"""What people and the clock do with Ollama servers."""

import logging
import uuid
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

from integrations.calls.db import in_db
from integrations.choices import ModelKind
from integrations.models import AIModel, AIProvider
from integrations.ollama import seats
from integrations.ollama.client import OllamaClient
from integrations.ollama.looking import look_at_all
from integrations.ollama.memory import installed_names
from integrations.ollama.models import OllamaServer
from integrations.ollama.names import full_name
from integrations.ollama.seats import Wish
from integrations.ollama.switching import Seat
from integrations.providers.errors import ProviderError
from integrations.services.environment import add_discovered
from integrations.services.providers import account_of

logger = logging.getLogger(__name__)


class ModelBusy(Exception):
    """Calls run on the model: unloading it then needs a second word."""


class ServerBusy(Exception):
    """Another model is just being loaded or unloaded."""


class UnknownModel(Exception):
    """The server did not have it when it was last looked at."""


def look_at_servers() -> None:
    """Every enabled Ollama server, all at the same time."""
    rows = AIProvider.objects.filter(enabled=True, serves_ollama=True)
    look_at_all([(provider, account_of(provider)) for provider in rows])


def ask_to_load(server: OllamaServer, name: str, *, actor: Any) -> None:
    """A worker loads it, making room as a call would; raises UnknownModel."""
    from integrations.ollama.tasks import load

    if full_name(name) not in installed_names(server):
        raise UnknownModel(name)
    logger.info("%s is loaded on %s by %s", name, server.pk, actor)
    transaction.on_commit(partial(load.delay, str(server.pk), full_name(name)))


def load_now(provider: AIProvider, name: str) -> None:
    """Waits until it is in memory; a failure is noted on the server's row."""
    try:
        async_to_sync(_load)(provider, full_name(name))
    except ProviderError as error:
        logger.warning("%s was not loaded on %s: %s", name, provider.key, error.code)


def unload(server: OllamaServer, name: str, *, actor: Any, though_busy: bool = False) -> None:
    """Frees its memory; calls that run on it are still answered, and the server unloads it after them.

    Raises ModelBusy without `though_busy`, ServerBusy, and ProviderError.
    """
    wish = Wish(uuid.uuid4(), server.pk, full_name(name), "")
    if not though_busy and seats.in_use(server.pk, [wish.name]):
        raise ModelBusy(name)
    if not seats.claim_room(wish):
        raise ServerBusy
    logger.info("%s is unloaded on %s by %s", name, server.pk, actor)
    try:
        seats.settle_unloaded(wish, async_to_sync(_unload)(server.provider, wish.name))
    except ProviderError as error:
        seats.fail(wish, error.message)
        raise
    finally:
        seats.leave(wish)


def add_to_registry(server: OllamaServer, name: str, *, actor: Any) -> AIModel:
    """The registry's row of a model that the server has; raises UnknownModel."""
    if full_name(name) not in installed_names(server):
        raise UnknownModel(name)
    logger.info("model %s of %s added by %s", name, server.pk, actor)
    return add_discovered(server.provider, name)


async def _load(provider: AIProvider, name: str) -> None:
    row = await AIModel.objects.filter(provider=provider, name__in=[name, name.removesuffix(":latest")]).afirst()
    wish = Wish(uuid.uuid4(), provider.pk, name, row.key if row else name[:100])
    account = await in_db(account_of, provider)
    seat = Seat(wish, account, makes_vectors=row is not None and row.kind != ModelKind.CHAT)
    try:
        await seat.wait()
    finally:
        await seat.leave()


async def _unload(provider: AIProvider, name: str) -> Any:
    async with OllamaClient(await in_db(account_of, provider)) as client:
        await client.unload(name)
        return await client.in_memory()

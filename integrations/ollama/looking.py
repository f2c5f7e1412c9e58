"""Looks at Ollama servers: which ones there are, what they have, and what is in their memory."""

import asyncio
import logging
from dataclasses import dataclass

from asgiref.sync import async_to_sync

from integrations.choices import ProviderKind
from integrations.models import AIModel, AIProvider
from integrations.ollama.client import OllamaClient
from integrations.ollama.memory import keep_failure, keep_look
from integrations.ollama.models import OllamaServer
from integrations.ollama.names import runs_in_the_cloud
from integrations.ollama.wire import Seen
from integrations.providers.errors import ProviderError
from integrations.providers.pool import Account
from integrations.remember import forget

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look: with neither `error` nor `seen` the server is not Ollama."""

    seen: Seen | None = None
    version: str = ""
    error: str = ""


def recognise(provider: AIProvider, account: Account) -> None:
    """Notes on the row whether the server is Ollama, where it could be asked."""
    if provider.kind != ProviderKind.OPENAI:
        return
    revision = _revision(provider)
    keep(provider, revision, async_to_sync(look_at)(account))


def look_at_all(accounts: list[tuple[AIProvider, Account]]) -> None:
    """Looks at all of them at the same time, so that one that hangs keeps no other waiting."""
    revisions = [_revision(provider) for provider, _ in accounts]
    looks = async_to_sync(_look_at_each)([account for _, account in accounts])
    for (provider, _), revision, look in zip(accounts, revisions, looks, strict=True):
        keep(provider, revision, look)


async def look_at(account: Account) -> Look:
    try:
        async with OllamaClient(account) as client:
            version = await client.version()
            return Look(await client.look() if version else None, version)
    except ProviderError as error:
        return Look(error=error.message)


async def _look_at_each(accounts: list[Account]) -> list[Look]:
    return await asyncio.gather(*map(look_at, accounts))


def keep(provider: AIProvider, revision: int, look: Look) -> None:
    """`revision` is that of the server's row before the look; 0 where there was none."""
    if look.error:
        keep_failure(provider.pk, look.error)
        return
    is_ollama = look.seen is not None
    if provider.serves_ollama is not is_ollama:
        # One that has been Ollama is asked again before it is believed to be something else.
        _note(provider, None if provider.serves_ollama else is_ollama)
    if look.seen is not None:
        OllamaServer.objects.get_or_create(pk=provider.pk)
        keep_look(provider.pk, revision, look.seen, version=look.version)


def _note(provider: AIProvider, is_ollama: bool | None) -> None:
    """Models that such a server only passes on may have been entered as its own."""
    provider.serves_ollama = is_ollama
    AIProvider.objects.filter(pk=provider.pk).update(serves_ollama=is_ollama)
    logger.info("provider %s %s an Ollama server", provider.key, "is" if is_ollama else "is not")
    if is_ollama:
        local = AIModel.objects.filter(provider=provider, is_local=True)
        passed_on = [model.pk for model in local if runs_in_the_cloud(model.name)]
        AIModel.objects.filter(pk__in=passed_on).update(is_local=False)
    forget()


def _revision(provider: AIProvider) -> int:
    return OllamaServer.objects.filter(pk=provider.pk).values_list("revision", flat=True).first() or 0

"""Clients of providers, kept per event loop so that connections are reused."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from integrations.choices import ProviderKind
from integrations.providers.anthropic import AnthropicProvider
from integrations.providers.base import Provider
from integrations.providers.gigachat import GigaChatProvider
from integrations.providers.local import LocalAnswers

KEPT_CLIENTS = 64


@dataclass(frozen=True, slots=True)
class Account:
    """Where to call, and with which key. Equal accounts share a client."""

    kind: str
    base_url: str
    api_key: str

    def __repr__(self) -> str:
        return f"Account({self.kind}, {self.base_url})"


_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[Account, Provider]] = WeakKeyDictionary()


def connect(account: Account) -> Provider:
    """A new client; the caller closes it."""
    if account.kind == ProviderKind.LOCAL:
        return LocalAnswers()
    if account.kind == ProviderKind.ANTHROPIC:
        return AnthropicProvider(base_url=account.base_url, api_key=account.api_key)
    if account.kind == ProviderKind.GIGACHAT:
        return GigaChatProvider(base_url=account.base_url, credentials=account.api_key)
    # The SDK takes most of a second to import; workers do it before their first task (config.celery).
    from integrations.providers.openai import OpenAIProvider

    return OpenAIProvider(base_url=account.base_url, api_key=account.api_key)


def client_for(account: Account) -> Provider:
    """The running loop's client for `account`; the least used ones are let go."""
    clients = _clients.setdefault(asyncio.get_running_loop(), OrderedDict())
    if account not in clients:
        clients[account] = connect(account)
        if len(clients) > KEPT_CLIENTS:
            # A stream may still use it, so the garbage collector closes it, not we.
            clients.popitem(last=False)
    clients.move_to_end(account)
    return clients[account]


async def close_clients() -> None:
    """Closes the running loop's clients, before it ends."""
    for client in _clients.pop(asyncio.get_running_loop(), {}).values():
        await client.aclose()

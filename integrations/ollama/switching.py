"""Brings a model into a server's memory before it is asked, and keeps it there while it answers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from integrations.calls.db import in_db
from integrations.choices import ModelKind
from integrations.models import AIModel
from integrations.ollama import seats
from integrations.ollama.client import OllamaClient
from integrations.ollama.names import full_name, runs_in_the_cloud
from integrations.ollama.seats import Leave, Wish
from integrations.providers.errors import ProviderError
from integrations.providers.pool import Account
from integrations.services.routing import Route

# How often a waiting caller looks; what ends in this process is seen at once.
LOOK_SECONDS = 0.25
# How long calls on a model that has to go are waited for; then the server itself decides what to do.
PATIENCE_SECONDS = 60.0


class Desk:
    """The callers of one event loop who use the same server."""

    def __init__(self) -> None:
        self.freed = asyncio.Event()
        # The first of those who want a model asks the database for all; asyncio.Lock keeps the order of arrival.
        self.first: dict[str, asyncio.Lock] = {}
        self._held: set[UUID] = set()
        self._renewing: asyncio.Task[None] | None = None

    def hold(self, seat_id: UUID) -> None:
        self._held.add(seat_id)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_often())

    def let_go(self, seat_id: UUID) -> None:
        self._held.discard(seat_id)
        self.freed.set()

    async def until_freed(self) -> None:
        self.freed.clear()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.freed.wait()
        except TimeoutError:
            return

    async def _renew_often(self) -> None:
        while self._held:
            await asyncio.sleep(seats.RENEW_SECONDS)
            if self._held:
                await in_db(seats.renew, list(self._held))


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, Desk]] = WeakKeyDictionary()


def desk_of(provider_id: UUID) -> Desk:
    desks = _desks.setdefault(asyncio.get_running_loop(), {})
    return desks.setdefault(provider_id, Desk())


class Seat:
    """One caller's hold on a model. Whoever got one leaves it in the end, however that comes."""

    def __init__(self, wish: Wish, account: Account, *, makes_vectors: bool = False) -> None:
        self.ready = False
        self._wish = wish
        self._account = account
        self._makes_vectors = makes_vectors
        self._desk = desk_of(wish.provider_id)
        self._first = self._desk.first.setdefault(wish.name, asyncio.Lock())
        self._may_load = False

    async def take(self) -> None:
        """Tries once; `ready` says whether the model can be asked at once."""
        if not self._first.locked():
            async with self._first:
                await self._look()

    async def wait(self) -> None:
        """Until the model is in memory; raises ProviderError where it cannot be loaded."""
        if self._may_load:
            # Whoever is first in line waits for this very load.
            await self._load()
        async with self._first:
            while not self.ready:
                if self._may_load:
                    await self._load()
                    continue
                await self._look()
                if not (self.ready or self._may_load):
                    await self._desk.until_freed()

    async def leave(self) -> None:
        await asyncio.shield(asyncio.ensure_future(in_db(seats.leave, self._wish)))
        self._desk.let_go(self._wish.id)

    async def _look(self) -> None:
        answer = await _to_the_end(in_db(seats.claim, self._wish))
        self.ready, self._may_load = answer is Leave.ASK, answer is Leave.LOAD
        if self.ready or self._may_load:
            self._desk.hold(self._wish.id)

    async def _load(self) -> None:
        self._may_load = False
        try:
            async with OllamaClient(self._account) as client:
                self.ready = await self._switch(client)
        except ProviderError as error:
            await _to_the_end(in_db(seats.fail, self._wish, error.message))
            raise

    async def _switch(self, client: OllamaClient) -> bool:
        """False when the lease ran out meanwhile and somebody else is at it."""
        name = self._wish.name
        seen = await client.look()
        if not any(model.name == name for model in seen.installed):
            raise ProviderError("model_not_found", "The server does not have this model.", permanent=True)
        change = await _to_the_end(in_db(seats.plan, self._wish, seen))
        if change is None or change.is_there:
            return change is not None
        for loaded in await self._idle(change.unload):
            await client.unload(loaded)
        await client.load(name, makes_vectors=self._makes_vectors)
        in_memory_now = await client.in_memory()
        return await _to_the_end(in_db(seats.finish, self._wish, in_memory_now))

    async def _idle(self, names: tuple[str, ...]) -> list[str]:
        """Those of the models that no call runs on any more, after some patience: a model at work is never unloaded."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        busy = await in_db(seats.in_use, self._wish.provider_id, names) if names else set()
        while busy and asyncio.get_running_loop().time() < deadline:
            await self._desk.until_freed()
            busy = await in_db(seats.in_use, self._wish.provider_id, names)
        return [name for name in names if name not in busy]


def is_managed(route: Route) -> bool:
    """Whether the route's server is an Ollama whose memory we look after. Asks nobody."""
    return route.provider is not None and bool(route.provider.serves_ollama) and settings.OLLAMA_MAX_VRAM_GB > 0


def takes_memory(name: str, row: AIModel | None) -> bool:
    return not (runs_in_the_cloud(name) or (row is not None and row.vram_gb == 0))


@asynccontextmanager
async def in_memory(route: Route) -> AsyncIterator[Seat | None]:
    """A hold on the route's model; None where no memory has to be looked after."""
    if route.provider is None or not is_managed(route):
        yield None
        return
    key, row = route.role or route.model_key, route.row
    if not takes_memory(route.model_name, row):
        await in_db(seats.note_current, route.provider.pk, key)
        yield None
        return
    wish = Wish(uuid.uuid4(), route.provider.pk, full_name(route.model_name), key[:100])
    seat = Seat(wish, route.account, makes_vectors=row is not None and row.kind != ModelKind.CHAT)
    try:
        await seat.take()
        yield seat
    finally:
        await seat.leave()


async def _to_the_end[T](work: Coroutine[Any, Any, T]) -> T:
    """Work that is not left half-way: who is cancelled meanwhile is so after its end."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise

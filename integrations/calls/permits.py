"""How many calls a provider takes at the same time, over all processes, in the order in which they were asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import transaction
from django.utils import timezone

from integrations.calls.db import in_db
from integrations.models import AIProvider, CallPermit

# A call that is granted is renewed well before it runs out; a place in the line with each look.
HELD_SECONDS = 30.0
RENEW_SECONDS = 8.0
WAITING_SECONDS = 5.0
# How often the first in a process's line looks; a call that ends in this process is seen at once.
LOOK_SECONDS = 0.2


@transaction.atomic
def grant(provider_id: UUID, place: int | None, queued_at: datetime) -> tuple[int, bool]:
    """Takes a place in the line, or keeps `place`; returns it, and whether the call may begin now."""
    limit = AIProvider.objects.select_for_update().values_list("max_concurrency", flat=True).get(pk=provider_id)
    now = timezone.now()
    line = CallPermit.objects.filter(provider_id=provider_id)
    line.filter(lease_until__lt=now).delete()
    kept = line.filter(pk=place).first() if place is not None else None
    permit = kept or CallPermit(provider_id=provider_id, queued_at=queued_at)
    permit.lease_until = now + timedelta(seconds=WAITING_SECONDS)
    permit.save()
    free = None if limit is None else limit - line.filter(granted=True).count()
    waiting = list(line.filter(granted=False).order_by("queued_at", "pk").values_list("pk", flat=True)[:free])
    if permit.pk in waiting:
        permit.granted, permit.lease_until = True, now + timedelta(seconds=HELD_SECONDS)
        permit.save()
    return permit.pk, permit.granted


def release(place: int) -> None:
    CallPermit.objects.filter(pk=place).delete()


def renew(places: list[int]) -> None:
    until = timezone.now() + timedelta(seconds=HELD_SECONDS)
    CallPermit.objects.filter(pk__in=places, granted=True).update(lease_until=until)


class Line:
    """The callers of one event loop who want the same provider. The first of them asks the database for all."""

    def __init__(self, provider_id: UUID) -> None:
        self._provider_id = provider_id
        self._first = asyncio.Lock()
        self._freed = asyncio.Event()
        self._held: set[int] = set()
        self._renewing: asyncio.Task[None] | None = None

    async def enter(self, ticket: "Ticket") -> None:
        """Tries to get a permit at once; the ticket says whether it has to be waited for."""
        if self._first.locked():
            return
        async with self._first:
            await self.look(ticket)
            if not ticket.granted and ticket.place is not None:
                # Only who asks on may stand in the line: others would wait for one who does not come.
                await in_db(release, ticket.place)
                ticket.place = None

    async def wait(self, ticket: "Ticket") -> None:
        # asyncio.Lock hands itself on in the order of arrival.
        async with self._first:
            while not ticket.granted:
                self._freed.clear()
                await self.look(ticket)
                if not ticket.granted:
                    await self._until_freed()

    async def look(self, ticket: "Ticket") -> None:
        asked = asyncio.ensure_future(in_db(grant, self._provider_id, ticket.place, ticket.queued_at))
        try:
            ticket.place, ticket.granted = await asyncio.shield(asked)
        except asyncio.CancelledError:
            ticket.place, ticket.granted = await asked
            raise
        finally:
            if ticket.granted and ticket.place is not None:
                self._hold(ticket.place)

    async def leave(self, ticket: "Ticket") -> None:
        if ticket.place is None:
            return
        self._held.discard(ticket.place)
        await asyncio.shield(in_db(release, ticket.place))
        self._freed.set()

    async def _until_freed(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._freed.wait()
        except TimeoutError:
            return

    def _hold(self, place: int) -> None:
        self._held.add(place)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_often())

    async def _renew_often(self) -> None:
        while self._held:
            await asyncio.sleep(RENEW_SECONDS)
            if self._held:
                await in_db(renew, list(self._held))


class Ticket:
    """One caller's place."""

    def __init__(self, line: Line, queued_at: datetime) -> None:
        self._line = line
        self.queued_at = queued_at
        self.place: int | None = None
        self.granted = False

    async def wait(self) -> None:
        await self._line.wait(self)


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, Line]] = WeakKeyDictionary()


@asynccontextmanager
async def place_in_line(provider: AIProvider | None) -> AsyncIterator[Ticket | None]:
    """A ticket for a provider that takes only so many calls; None for one without a limit."""
    if provider is None or provider.max_concurrency is None:
        yield None
        return
    lines = _lines.setdefault(asyncio.get_running_loop(), {})
    line = lines.setdefault(provider.pk, Line(provider.pk))
    ticket = Ticket(line, timezone.now())
    try:
        await line.enter(ticket)
        yield ticket
    finally:
        await line.leave(ticket)

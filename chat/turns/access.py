"""Whether a reader may go on reading: asked for every event, answered by the database once a second.

All readers of a process are checked together, in at most eight queries however many they are, and only
while events flow. So a reader gets nothing that is emitted later than ACCESS_SECONDS after he lost his
access, whether or not anybody announced the loss.
"""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from accounts.services.standing import Standing, still_standing
from chat.models import Turn
from chat.querysets import is_readable_by
from chat.turns.db import surely_in_db

ACCESS_SECONDS = 1.0
# From this age on an answer is renewed beside the stream, so that the stream need not wait for it.
RENEW_SECONDS = 0.5
# Readers who got nothing for so long are not checked along with the others.
FORGET_SECONDS = 3.0


class AccessLost(Exception):
    """The reader may not go on. `is_out`: he himself; otherwise the turn is not his any more, or is gone."""

    def __init__(self, *, is_out: bool) -> None:
        super().__init__("access lost")
        self.is_out = is_out


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for a connection to read on, for as long as whoever opened it may."""

    standing: Standing

    def vouch(self, turn_id: UUID) -> None:
        """The turn was asked for a moment ago by this very reader, so its first events need not wait for a check."""
        _keeper().vouch((self.standing, turn_id))

    async def check(self, turn_id: UUID) -> None:
        """Raises AccessLost unless the turn may be read, as of less than ACCESS_SECONDS ago."""
        await _keeper().check((self.standing, turn_id))


Reading = tuple[Standing, UUID]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a round of questions that began `at` said: None for yes, else whether the reader himself is out."""

    at: float
    is_out: bool | None


class Doorkeeper:
    """Knows when each reading was last found to be allowed, and asks for all of them at once."""

    def __init__(self) -> None:
        self._verdicts: dict[Reading, _Verdict] = {}
        self._asked_at: dict[Reading, float] = {}
        self._round: asyncio.Task[None] | None = None

    def vouch(self, reading: Reading) -> None:
        self._verdicts.setdefault(reading, _Verdict(time.monotonic(), None))
        self._asked_at.setdefault(reading, time.monotonic())

    async def check(self, reading: Reading) -> None:
        now = time.monotonic()
        while (verdict := self._verdicts.get(reading)) is None or now - verdict.at >= ACCESS_SECONDS:
            # A round that has begun already may lack this reading: then another one follows.
            await asyncio.shield(self._round_with(reading))
        if verdict.is_out is not None:
            raise AccessLost(is_out=verdict.is_out)
        if now - verdict.at >= RENEW_SECONDS:
            self._round_with(reading)

    def _round_with(self, reading: Reading) -> "asyncio.Task[None]":
        """The round of questions that runs, else a new one."""
        self._asked_at[reading] = time.monotonic()
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._ask())
        return self._round

    async def _ask(self) -> None:
        begun = time.monotonic()
        self._forget(begun)
        readings = list(self._asked_at)
        allowed, good = await surely_in_db(_readable, readings)
        for reading in readings:
            self._verdicts[reading] = _Verdict(begun, None if reading in allowed else reading[0] not in good)

    def _forget(self, now: float) -> None:
        for reading in [reading for reading, asked in self._asked_at.items() if now - asked > FORGET_SECONDS]:
            del self._asked_at[reading]
            self._verdicts.pop(reading, None)


def _readable(readings: Collection[Reading]) -> tuple[set[Reading], set[Standing]]:
    """The readings that are allowed now, and the standings that are good."""
    actors = still_standing({standing for standing, _ in readings})
    good = {standing for standing in actors if settings.CHAT_ANONYMOUS or standing != Standing()}
    rows = Turn.objects.filter(pk__in={turn_id for _, turn_id in readings})
    holders: dict[UUID, tuple[int | None, UUID | None]] = {
        pk: (owner, visitor)
        for pk, owner, visitor in rows.values_list("pk", "conversation__owner_id", "conversation__visitor_id")
    }
    return {
        (standing, turn_id)
        for standing, turn_id in readings
        if standing in good and turn_id in holders and is_readable_by(actors[standing], *holders[turn_id])
    }, good


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, Doorkeeper] = WeakKeyDictionary()


def _keeper() -> Doorkeeper:
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = Doorkeeper()
    return _keepers[loop]

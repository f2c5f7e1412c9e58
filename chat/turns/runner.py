"""All generations of a worker process on one event loop.

Celery tasks only wake the runner. It claims waiting turns from the database for as long as it has
room, and looks for itself every few seconds, so a lost task, a task delivered twice, a burst of a
thousand and a broker that is away are all the same to it.
"""

import asyncio
import logging
import os
import random
import socket
import threading
import time
import uuid
from functools import lru_cache
from uuid import UUID

import uvloop
from django.conf import settings
from django.db import DatabaseError

from chat.eventlog import get_event_log
from chat.models import Turn
from chat.turns.bell import listen
from chat.turns.checkpoint import Checkpointer
from chat.turns.db import in_db, surely_in_db
from chat.turns.generation import Generation
from chat.turns.job import load_job
from chat.turns.queue import BATCH, claim, renew_leases, to_cancel
from chat.turns.recovery import recover_abandoned
from chat.turns.writer import TurnWriter
from config.memory import keep_for_good
from config.threads import take_short_turns
from config.trace import trace_id

logger = logging.getLogger(__name__)

STOP_POLL_SECONDS = 0.3
RENEW_SECONDS = 4.0
# With thousands waiting, choosing takes the database a while: then the next claim comes later and takes more at once.
LONG_CLAIM_SECONDS = 0.1
LONG_CLAIM_PAUSE = 0.25
# How often the runner looks for waiting and abandoned turns without being told.
SWEEP_SECONDS = 5.0


class TurnRunner:
    """Claims, runs and tends turns; `wake` and `shutdown` may be called from any thread."""

    def __init__(self) -> None:
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._loop = uvloop.new_event_loop()
        self._wake = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        # Those that can be cancelled: loaded, and not being ended yet.
        self._generating: set[UUID] = set()
        # When the database last failed this process: the leases of the living have lapsed then, too.
        self._failed_at = -settings.TURN_LEASE_SECONDS * 1.0
        self._closing = False
        # Whether a turn has run: the first one loads what all others need.
        self._warm = False
        self._checkpointer = Checkpointer(self.worker)
        self._thread = threading.Thread(target=self._run_loop, name="turns", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._loop.call_soon_threadsafe(self._wake.set)

    def shutdown(self, timeout: float) -> None:
        """Takes no more turns, lets the running ones end for `timeout` seconds, then cuts them off."""
        if self._closing or not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._drain(timeout), self._loop).result(timeout + 10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        take_short_turns()
        self._supervisors = [
            self._loop.create_task(supervisor) for supervisor in (self._claim(), self._tend(), self._sweep())
        ]
        if not settings.EMBEDDED:
            self._supervisors.append(self._loop.create_task(listen(self._wake.set)))
        self._loop.run_forever()

    async def _claim(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while (room := self._room()) > 0:
                    claimed, seconds = await in_db(_timed_claim, self.worker, room)
                    for turn_id in claimed:
                        self._start(turn_id)
                    if len(claimed) < min(room, BATCH):
                        break
                    await asyncio.sleep(LONG_CLAIM_PAUSE if seconds > LONG_CLAIM_SECONDS else 0)
            except DatabaseError:
                self._database_failed("cannot claim turns")

    def _room(self) -> int:
        return 0 if self._closing else settings.TURN_CAPACITY - len(self._running)

    async def _sweep(self) -> None:
        """Ends or restarts turns whose worker died, and wakes for those whose wake-up call was lost."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - workers shall not sweep in step
            self._wake.set()
            if time.monotonic() - self._failed_at < settings.TURN_LEASE_SECONDS:
                continue
            try:
                await in_db(recover_abandoned)
            except DatabaseError:
                self._database_failed("cannot look for abandoned turns")

    def _database_failed(self, what: str) -> None:
        self._failed_at = time.monotonic()
        logger.exception(what)

    def _start(self, turn_id: UUID) -> None:
        task = self._loop.create_task(self._run(turn_id), name=f"turn-{turn_id}")
        self._running[turn_id] = task
        task.add_done_callback(lambda _: self._ended(turn_id))

    def _ended(self, turn_id: UUID) -> None:
        del self._running[turn_id]
        if not self._warm:
            self._warm = True
            keep_for_good()
        self._generating.discard(turn_id)
        # There is room for one more.
        self._wake.set()

    async def _run(self, turn_id: UUID) -> None:
        try:
            generation = await self._begin(turn_id)
            try:
                self._generating.add(turn_id)
                await generation.run()
                self._generating.discard(turn_id)
                # A stop that comes now is too late; the end must not be torn in two.
                await asyncio.shield(asyncio.create_task(generation.end()))
            finally:
                generation.writer.abandon()
        except asyncio.CancelledError:
            raise
        except Turn.DoesNotExist:
            logger.info("turn %s was deleted while it waited", turn_id)
        except Exception:  # noqa: BLE001 - the lease runs out and the sweep ends the turn
            logger.exception("turn %s could not be ended", turn_id)

    async def _begin(self, turn_id: UUID) -> Generation:
        job = await surely_in_db(load_job, turn_id)
        trace_id.set(job.trace)
        writer = TurnWriter(
            turn_id,
            job.answer_id,
            log=get_event_log(),
            checkpointer=self._checkpointer,
            seq=job.last_seq,
        )
        return Generation(job, writer, worker=self.worker, closing=lambda: self._closing)

    async def _tend(self) -> None:
        """Carries stop requests to the generations and keeps their leases alive."""
        renewed_at = time.monotonic()
        while True:
            await asyncio.sleep(STOP_POLL_SECONDS)
            if not self._running:
                continue
            try:
                for turn_id in await in_db(to_cancel, list(self._generating), self.worker):
                    self._cancel(turn_id)
                if time.monotonic() - renewed_at >= RENEW_SECONDS:
                    renewed_at = time.monotonic()
                    await in_db(renew_leases, list(self._running), self.worker)
            except DatabaseError:
                renewed_at = 0.0
                self._database_failed("cannot tend turns")

    def _cancel(self, turn_id: UUID) -> None:
        task = self._running.get(turn_id)
        if task is not None and not task.cancelling():
            task.cancel()

    async def _drain(self, timeout: float) -> None:
        self._closing = True
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=timeout)
        for turn_id in list(self._generating):
            self._cancel(turn_id)
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=5)
        for supervisor in self._supervisors:
            supervisor.cancel()
        await asyncio.wait(self._supervisors, timeout=2)


def _timed_claim(worker: str, room: int) -> tuple[list[UUID], float]:
    """What was claimed, and how many seconds that took without the wait for a thread."""
    begun = time.monotonic()
    return claim(worker, room), time.monotonic() - begun


@lru_cache
def get_runner() -> TurnRunner:
    """This process's runner; made when the first wake-up call arrives."""
    return TurnRunner()


def wake_if_running() -> bool:
    """Wakes the runner if this process has one; whether it has."""
    if not get_runner.cache_info().currsize:
        return False
    get_runner().wake()
    return True


def shutdown(timeout: float) -> None:
    """Ends the runner of this process if there is one."""
    if get_runner.cache_info().currsize:
        get_runner().shutdown(timeout)
        get_runner.cache_clear()

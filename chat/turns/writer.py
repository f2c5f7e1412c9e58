"""A turn's only writer: numbers its events, coalesces its text, keeps the text in the database."""

import asyncio
import logging
import time
from typing import Any
from uuid import UUID
from weakref import WeakSet

from chat.eventlog import Event, EventLog, EventType, LogDown, LogLost, OutOfOrder, event
from chat.turns.checkpoint import Checkpoint, Checkpointer

logger = logging.getLogger(__name__)

# Text is sent at most this often, the first piece at once. The more answers a process writes, the longer it gathers:
# alone an answer flows, and a crowd costs each reader a tenth of a second instead of costing everybody the server.
COALESCE_SECONDS = 0.03
COALESCE_SECONDS_MAX = 0.15
COALESCE_PER_WRITER = 0.002
# How often the text goes to the database when the log itself survives this process.
CHECKPOINT_SECONDS = 0.8
# How soon a log that failed is tried again, at first and at most.
MEND_SECONDS = 0.25
MEND_SECONDS_MAX = 3.0
# How long the end of a turn waits for its log; readers find it in the database otherwise.
LAST_WORDS_SECONDS = 10.0
# Characters that may wait for the log; above it the model is not read on.
UNSENT_MOST = 16_384


_writers: WeakSet["TurnWriter"] = WeakSet()


class TurnWriter:
    """Readers never see text that a crash of this process could take back.

    A durable log gets the text first and the database follows; a log in memory gets it only once the
    database has it. When the log fails or has lost what it held, the database alone gets the text until
    the log takes a snapshot.
    """

    def __init__(
        self,
        turn_id: UUID,
        answer_id: UUID,
        *,
        log: EventLog,
        checkpointer: Checkpointer,
        seq: int = 0,
    ) -> None:
        self.turn_id = turn_id
        self.seq = seq
        self.text = ""
        self._answer_id = answer_id
        self._log = log
        self._checkpointer = checkpointer
        self._sent = 0
        self._saved_at = time.monotonic()
        # Whether the log has taken something from this writer; whether it lacks something; whether it is another's.
        self._begun = self._broken = self._ousted = False
        self._pause = MEND_SECONDS
        self._mend_at = 0.0
        self._dirty = asyncio.Event()
        self._lock = asyncio.Lock()
        self._telling: set[asyncio.Task[None]] = set()
        _writers.add(self)
        self._flusher = asyncio.create_task(self._flush_often())

    async def stage(self, stage: str, content: str, metadata: dict[str, Any] | None = None) -> None:
        """Before any text it does not wait for the log: the lock keeps the order, and the model is asked meanwhile."""
        if self.text:
            await self.flush()
            await self._append("stage", content, stage=stage, metadata=metadata)
            return
        told = asyncio.create_task(self._append("stage", content, stage=stage, metadata=metadata))
        self._telling.add(told)
        told.add_done_callback(self._told)

    def _told(self, told: "asyncio.Task[None]") -> None:
        self._telling.discard(told)
        if not told.cancelled() and (error := told.exception()):
            logger.error("turn %s: a stage could not be told", self.turn_id, exc_info=error)

    def add(self, text: str) -> None:
        # PostgreSQL stores no NUL, which a model may well say.
        self.text += text.replace("\x00", "")
        self._dirty.set()

    async def replace(self, text: str) -> None:
        """Readers see `text` in place of all that was added so far."""
        async with self._lock:
            self.text, self._sent = text, len(text)
            await self._save(self._next("snapshot", text))

    @property
    def is_behind(self) -> bool:
        """The log cannot keep up: flush, and wait for that, before more is read from the model."""
        return len(self.text) - self._sent > UNSENT_MOST

    async def flush(self) -> None:
        """Sends what has been added since the last time."""
        async with self._lock:
            if self._broken and time.monotonic() >= self._mend_at:
                await self._mend()
            if self._sent == len(self.text):
                return
            piece, self._sent = self.text[self._sent :], len(self.text)
            await self._save(self._next("delta", piece))

    async def finish(self, events: list[tuple[EventType, str, dict[str, Any] | None]]) -> None:
        """Appends the last events and closes the log, once flushing has stopped; `content` has the whole text."""
        last = [self._next(kind, content, metadata=metadata) for kind, content, metadata in events]
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        while not await self._end_log(last):
            if self._ousted or time.monotonic() > deadline:
                logger.warning("turn %s: the end is in the database only", self.turn_id)
                return
            await asyncio.sleep(self._pause)

    async def stop_flushing(self) -> None:
        self._flusher.cancel()
        await asyncio.gather(self._flusher, *self._telling, return_exceptions=True)
        await self.flush()

    async def leave(self) -> None:
        """The turn is no longer this writer's: whoever has it ends it; if nobody has, its events may go."""
        try:
            await self._log.close(self.turn_id)
        except LogDown as error:
            logger.warning("turn %s: the event log cannot be closed: %s", self.turn_id, error)

    def abandon(self) -> None:
        self._flusher.cancel()
        _writers.discard(self)

    async def _flush_often(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            # Shielded: a flush that is cancelled half-way would send its piece never or twice.
            await asyncio.shield(self.flush())
            await asyncio.sleep(min(max(COALESCE_SECONDS, len(_writers) * COALESCE_PER_WRITER), COALESCE_SECONDS_MAX))

    async def _append(self, kind: EventType, content: str, **extra: Any) -> None:
        async with self._lock:
            await self._send([self._next(kind, content, **extra)])

    def _next(self, kind: EventType, content: str, **extra: Any) -> Event:
        self.seq += 1
        return event(self.seq, kind, content, **extra)

    async def _save(self, item: Event) -> None:
        if not self._log.durable:
            await self._checkpointer.save(self._checkpoint())
            await self._send([item])
            return
        await self._send([item])
        if time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS:
            self._saved_at = time.monotonic()
            self._checkpointer.save_later(self._checkpoint())

    async def _send(self, events: list[Event]) -> None:
        """Into the log, unless that is broken: then the next snapshot covers these events."""
        if self._broken or self._ousted:
            return
        try:
            await self._log.append(self.turn_id, events, continues=self._begun)
            self._begun = True
        except (LogDown, LogLost) as error:
            logger.warning("turn %s: the event log failed: %r", self.turn_id, error)
            self._break()
        except OutOfOrder:
            self._oust()

    async def _mend(self) -> None:
        """Puts the whole text into the log in place of what it lacks; later again when it is still down."""
        try:
            if await self._log.tail(self.turn_id) > self.seq:
                self._oust()
                return
            snapshot = self._next("snapshot", self.text[: self._sent])
            await self._log.append(self.turn_id, [snapshot])
        except (LogDown, LogLost):
            self._break()
        except OutOfOrder:
            self._oust()
        else:
            logger.warning("turn %s: the event log works again", self.turn_id)
            self._begun, self._broken, self._pause = True, False, MEND_SECONDS

    async def _end_log(self, last: list[Event]) -> bool:
        try:
            there = await self._log.tail(self.turn_id) if self._broken else 0
            await self._log.append(self.turn_id, [item for item in last if item["seq"] > there])
            await self._log.close(self.turn_id)
        except (LogDown, LogLost):
            self._break()
        except OutOfOrder:
            self._oust()
        else:
            return True
        return False

    def _break(self) -> None:
        """Tries again after a pause that grows; the text goes to the database meanwhile."""
        self._broken = True
        self._mend_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, MEND_SECONDS_MAX)
        asyncio.get_running_loop().call_later(self._pause, self._dirty.set)

    def _oust(self) -> None:
        """Another worker writes this turn: this one falls silent, and finds it gone when it ends it."""
        logger.warning("turn %s is written by somebody else", self.turn_id)
        self._ousted, self._broken = True, False

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.turn_id, self._answer_id, self.text[: self._sent], self.seq)

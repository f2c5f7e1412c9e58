"""Partial answers into the database: all running turns of a process share one transaction at a time."""

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, transaction

from chat.choices import TurnState
from chat.models import Message, Turn
from chat.turns.db import surely_in_db

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    turn_id: UUID
    answer_id: UUID
    text: str
    seq: int
    worker: str


def write_checkpoints(checkpoints: list[Checkpoint]) -> None:
    """Stores the texts of turns that are still running; one that was taken away is left alone."""
    with transaction.atomic():
        for item in checkpoints:
            running = Turn.objects.filter(pk=item.turn_id, state=TurnState.RUNNING, worker=item.worker)
            if running.update(last_seq=item.seq):
                Message.objects.filter(pk=item.answer_id).update(content=item.text)


class Checkpointer:
    """Group commit: what arrives while a transaction runs goes into the next one."""

    def __init__(self) -> None:
        self._pending: dict[UUID, Checkpoint] = {}
        self._next: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def save(self, checkpoint: Checkpoint) -> None:
        """Returns once the checkpoint is committed."""
        await asyncio.shield(self._enqueue(checkpoint))

    def save_later(self, checkpoint: Checkpoint) -> None:
        self._enqueue(checkpoint)

    def _enqueue(self, checkpoint: Checkpoint) -> "asyncio.Future[None]":
        self._pending[checkpoint.turn_id] = checkpoint
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return self._next

    async def _drain(self) -> None:
        while self._pending:
            batch, done = list(self._pending.values()), self._next
            self._pending, self._next = {}, None
            try:
                await surely_in_db(write_checkpoints, batch)
            except DatabaseError:
                # The text stays in memory and goes with the next checkpoint or the end of the turn.
                logger.exception("checkpoint of %d turns failed", len(batch))
            if done is not None:
                done.set_result(None)

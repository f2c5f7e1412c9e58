"""Partial answers into the database: all running turns of a process share one transaction at a time."""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from chat.turns.db import surely_in_db

logger = logging.getLogger(__name__)

# How long texts that nobody waits for are gathered: one transaction for a hundred answers instead of a hundred.
GATHER_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    turn_id: UUID
    answer_id: UUID
    text: str
    seq: int


# The rows of one JSON parameter: two statements for any number of texts.
ITEMS = {
    "postgresql": "json_to_recordset(%s) AS item(turn uuid, answer uuid, seq bigint, content text)",
    "sqlite": (
        "(SELECT json_extract(value, '$.turn') AS turn, json_extract(value, '$.answer') AS answer,"
        " json_extract(value, '$.seq') AS seq, json_extract(value, '$.content') AS content FROM json_each(%s)) AS item"
    ),
}
NUMBERS = """
UPDATE chat_turn SET last_seq = item.seq FROM {items}
WHERE chat_turn.id = item.turn AND chat_turn.state = 'running' AND chat_turn.worker = %s
"""
TEXTS = """
UPDATE chat_message SET content = item.content FROM {items}, chat_turn
WHERE chat_message.id = item.answer
AND chat_turn.id = item.turn AND chat_turn.state = 'running' AND chat_turn.worker = %s
"""


@transaction.atomic
def write_checkpoints(checkpoints: list[Checkpoint], worker: str) -> None:
    """Stores the texts of turns that `worker` still runs; one that was taken away is left alone."""
    rows = json.dumps(
        [
            {"turn": item.turn_id.hex, "answer": item.answer_id.hex, "seq": item.seq, "content": item.text}
            for item in checkpoints
        ]
    )
    with connection.cursor() as cursor:
        for statement in (NUMBERS, TEXTS):
            cursor.execute(statement.format(items=ITEMS[connection.vendor]), [rows, worker])


class Checkpointer:
    """Group commit: what arrives while a transaction runs goes into the next one."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._pending: dict[UUID, Checkpoint] = {}
        self._next: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()

    async def save(self, checkpoint: Checkpoint) -> None:
        """Returns once the checkpoint is committed."""
        committed = self._enqueue(checkpoint)
        self._wanted.set()
        await asyncio.shield(committed)

    def save_later(self, checkpoint: Checkpoint) -> None:
        """Within GATHER_SECONDS, with all others of that time."""
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
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), GATHER_SECONDS)
            self._wanted.clear()
            batch, done = list(self._pending.values()), self._next
            self._pending, self._next = {}, None
            try:
                await surely_in_db(write_checkpoints, batch, self._worker)
            except DatabaseError:
                # The text stays in memory and goes with the next checkpoint or the end of the turn.
                logger.exception("checkpoint of %d turns failed", len(batch))
            if done is not None:
                done.set_result(None)

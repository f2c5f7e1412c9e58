"""Group commit for Redis: what is asked for while one round trip is under way shares the next one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

Pipeline = Any
Fill = Callable[[Pipeline], None]


@dataclass(slots=True, eq=False)
class _Part:
    fill: Fill
    answers: "asyncio.Future[list[Any]]"


class Batch:
    """One pipeline at a time for all the writers of an event loop."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._waiting: list[_Part] = []
        self._task: asyncio.Task[None] | None = None

    async def run(self, fill: Fill) -> list[Any]:
        """The answers to the commands that `fill` puts into the pipeline: values, or the server's errors.

        Raises RedisError or OSError when the round trip itself fails.
        """
        part = _Part(fill, asyncio.get_running_loop().create_future())
        self._waiting.append(part)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        # A writer that is cancelled does not take the others' commands back.
        return await asyncio.shield(part.answers)

    async def _drain(self) -> None:
        while self._waiting:
            parts, self._waiting = self._waiting, []
            try:
                answers = await self._execute(parts)
            except (RedisError, OSError) as error:
                for part in parts:
                    _fail(part, error)
            else:
                for part, answer in zip(parts, answers, strict=True):
                    if not part.answers.done():
                        part.answers.set_result(answer)

    async def _execute(self, parts: list[_Part]) -> list[list[Any]]:
        async with self._client.pipeline(transaction=False) as pipe:
            ends = []
            for part in parts:
                part.fill(pipe)
                ends.append(len(pipe))
            answers = await pipe.execute(raise_on_error=False)
        return [answers[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _fail(part: _Part, error: Exception) -> None:
    if not part.answers.done():
        part.answers.set_exception(error)
        # Whoever asked may be gone by now.
        part.answers.exception()

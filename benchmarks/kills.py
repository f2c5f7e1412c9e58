"""Every kind of process killed in turn while fifty answers stream: does every answer come to an end, once?

    python -m benchmarks.kills [--turns 50] [--only worker redis ...]

For each fault a fresh set of answers is begun, read over all transports, and struck in the middle. Then
every turn must be complete, or failed with a text that has everything that any reader saw; no model may have
been asked more often than the turn was begun; and there is one answer. Ends with code 1 otherwise.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import redis

from benchmarks import model
from benchmarks.cuts import ask
from benchmarks.readers import TRANSPORTS, Reading, Scissors, read_to_the_end
from benchmarks.stack import Stack, free_port, wait_for

# Readers see so many events each, on average, before the fault.
EVENTS_BEFORE = 10
READ_SECONDS = 150


@dataclass(slots=True)
class World:
    """The processes, the addresses of the web servers, and how often the model was asked each question."""

    stack: Stack
    urls: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    redis_port: int = 0
    redis_options: tuple[str, ...] = ()

    def hear(self, body: bytes) -> None:
        if body:
            self.asked[json.loads(body)["messages"][-1]["content"]] += 1

    def start_redis(self) -> None:
        options = ("--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(self.stack.folder))
        self.stack.start("redis", "redis-server", *options, *self.redis_options)

    def redis(self) -> redis.Redis:
        return redis.Redis(port=self.redis_port)


KEEPS_NOTHING = ("--save", "", "--appendonly", "no")
KEEPS_EVERYTHING = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")


async def kill_worker(world: World) -> None:
    world.stack.kill("ai-worker")
    await asyncio.sleep(1)
    world.stack.start_worker("ai-worker", "ai")


async def kill_web(world: World) -> None:
    port = world.urls[0].rsplit(":", 1)[1]
    world.stack.kill("web")
    await asyncio.sleep(1)
    world.stack.start_web("web", int(port))


async def kill_redis(world: World) -> None:
    """Without persistence: it comes back empty."""
    world.stack.kill("redis")
    await asyncio.sleep(2)
    world.start_redis()


async def kill_lasting_redis(world: World) -> None:
    """With an append-only file, written once a second: it comes back without its last moments."""
    world.redis().config_set("appendonly", "yes")
    world.redis_options = KEEPS_EVERYTHING
    await asyncio.sleep(2)
    await kill_redis(world)
    world.redis_options = KEEPS_NOTHING


async def flush_redis(world: World) -> None:
    world.redis().flushall()


async def drop_database_connections(world: World) -> None:
    with psycopg.connect(world.stack.environment["DATABASE_URL"], autocommit=True) as link:
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def kill_everything_in_turn(world: World) -> None:
    for fault in (flush_redis, kill_web, kill_redis, kill_worker):
        await fault(world)


FAULTS: dict[str, Callable[[World], Awaitable[None]]] = {
    "worker": kill_worker,
    "web": kill_web,
    "redis": kill_redis,
    "flush": flush_redis,
    "lasting-redis": kill_lasting_redis,
    "database": drop_database_connections,
    "all-in-turn": kill_everything_in_turn,
}


@dataclass(slots=True)
class Verdict:
    """What one fault did. The last four must be zero."""

    fault: str
    done: int = 0
    failed: int = 0
    snapshots: int = 0
    slowest: float = 0.0
    unended: int = 0
    unsound: int = 0
    cut_short: int = 0
    asked_twice: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not (self.unended or self.unsound or self.cut_short or self.asked_twice)


COLUMNS = ("done", "failed", "snapshots", "slowest", "unended", "unsound", "cut_short", "asked_twice")


async def strike(world: World, fault: str, *, turns: int, seed: int = 1) -> Verdict:
    """Begins `turns` answers, lets the fault happen in the middle, and judges what came of them."""
    chance = random.Random(seed)
    questions = [f"{fault} {seed} {number}" for number in range(turns)]
    readings = [
        Reading(await ask(world.urls, question, chance=chance), TRANSPORTS[number % 3])
        for number, question in enumerate(questions)
    ]
    blunt = Scissors(chance, is_sharp=lambda: False)
    reading = [
        asyncio.create_task(
            read_to_the_end(one, world.urls, scissors=blunt, chance=random.Random(seed), seconds=READ_SECONDS)
        )
        for one in readings
    ]
    async with asyncio.timeout(READ_SECONDS):
        while sum(one.events for one in readings) < EVENTS_BEFORE * turns:
            await asyncio.sleep(0.05)
    struck = time.monotonic()
    await FAULTS[fault](world)
    await asyncio.gather(*reading)
    verdict = judge(world, fault, dict(zip(questions, readings, strict=True)))
    verdict.slowest = time.monotonic() - struck
    return verdict


def judge(world: World, fault: str, readings: dict[str, Reading]) -> Verdict:
    verdict = Verdict(fault, snapshots=sum(reading.snapshots for reading in readings.values()))
    with psycopg.connect(world.stack.environment["DATABASE_URL"]) as link:
        rows = link.execute(
            "SELECT q.content, t.id::text, t.state, t.attempt, a.content, a.state FROM chat_turn t"
            " JOIN chat_message q ON q.id = t.question_id JOIN chat_message a ON a.id = t.answer_id"
            " WHERE q.content = ANY(%s)",
            [list(readings)],
        ).fetchall()
    for question, turn, state, attempt, text, kept in rows:
        reading = readings[question]
        ended = state in {"done", "failed"} and kept != "streaming"
        verdict.done += state == "done"
        verdict.failed += state == "failed"
        verdict.unended += not (ended and reading.is_over)
        verdict.unsound += bool(reading.lost or reading.repeated or (reading.garbled and state == "done"))
        verdict.cut_short += not text.startswith(reading.longest)
        verdict.asked_twice += world.asked[question] > attempt
        if reading.lost or reading.repeated or reading.garbled or not reading.is_over or not ended:
            verdict.notes.append(f"{turn} {state} {reading}")
    verdict.unended += len(readings) - len(rows)
    return verdict


@asynccontextmanager
async def world_of(stack: Stack) -> AsyncIterator[World]:
    """Two web and two worker processes, a Redis that can be killed, and a model that counts its questions."""
    world = World(stack, redis_port=free_port(), redis_options=KEEPS_NOTHING)
    stack.kill("redis")
    world.start_redis()
    stack.environment["REDIS_URL"] = f"redis://127.0.0.1:{world.redis_port}/0"
    model_port = free_port()
    async with await model.serve(model_port, world.hear):
        stack.environment |= {"LOCAL_LLM_URL": f"http://127.0.0.1:{model_port}/v1", "LOCAL_LLM_MODEL": "bench"}
        world.urls = await asyncio.to_thread(start, stack)
        yield world


def start(stack: Stack) -> list[str]:
    urls = [stack.start_product(), stack.start_web("web-2")]
    stack.start_worker("ai-worker-2", "ai")
    wait_for(f"{urls[1]}/health/ready")
    return urls


def table(verdicts: list[Verdict]) -> str:
    lines = [f"{'':15}" + "".join(f"{name:>12}" for name in COLUMNS)]
    for verdict in verdicts:
        cells = [f"{value:.0f} s" if isinstance(value := getattr(verdict, name), float) else value for name in COLUMNS]
        lines.append(f"{verdict.fault:15}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines)


async def run(faults: list[str], *, turns: int) -> list[Verdict]:
    verdicts = []
    with Stack() as stack:
        async with world_of(stack) as world:
            for number, fault in enumerate(faults):
                sys.stderr.write(f"{fault}: {turns} answers…\n")
                verdicts.append(await strike(world, fault, turns=turns, seed=number))
                sys.stderr.write("\n".join(verdicts[-1].notes[:5]) + "\n" if verdicts[-1].notes else "")
                await asyncio.to_thread(wait_for, f"{world.urls[0]}/health/ready")
    return verdicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS))
    options = parser.parse_args()
    verdicts = asyncio.run(run(options.only, turns=options.turns))
    print(table(verdicts))
    return 0 if all(verdict.is_sound for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

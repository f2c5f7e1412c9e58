"""Connections cut at random, thousands of times: does every reader end with each event once, in order?

    python -m benchmarks.cuts [--cuts 10000] [--readers 40] [--seed 1]

Two web and two worker processes of the service mode. Readers over WebSocket, SSE and polling follow
streamed answers, are cut off wherever they happen to be, and resume by number at either web process.
Ends with code 1 when a single event was lost, repeated or out of order.
"""

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass, field

import httpx

from benchmarks.readers import TRANSPORTS, Reading, Scissors, read_to_the_end
from benchmarks.stack import Stack, wait_for

COLUMNS = ("turns", "cuts", "events", "snapshots", "lost", "repeated", "garbled", "unended")


@dataclass(slots=True)
class Tally:
    """Everything that was read so far, by transport."""

    wanted: int
    readings: list[Reading] = field(default_factory=list)
    running: list[Reading] = field(default_factory=list)

    @property
    def cuts(self) -> int:
        return sum(reading.cuts for reading in self.running) + sum(reading.cuts for reading in self.readings)

    @property
    def is_reached(self) -> bool:
        return self.cuts >= self.wanted

    @property
    def is_sound(self) -> bool:
        return all(reading.is_sound for reading in self.readings)

    def row(self, transport: str) -> dict[str, int]:
        mine = [reading for reading in self.readings if transport in {reading.transport, "all"}]
        counted = {name: sum(getattr(reading, name) for reading in mine) for name in COLUMNS[1:-1]}
        return {"turns": len(mine), **counted, "unended": sum(not reading.is_over for reading in mine)}

    def table(self) -> str:
        lines = [f"{'':10}" + "".join(f"{name:>11}" for name in COLUMNS)]
        for transport in (*TRANSPORTS, "all"):
            row = self.row(transport)
            lines.append(f"{transport:10}" + "".join(f"{row[name]:>11,}" for name in COLUMNS))
        return "\n".join(lines)


async def ask(urls: list[str], question: str, *, chance: random.Random) -> str:
    """A new turn, asked at any web process; its id."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.post(f"{chance.choice(urls)}/api/v1/turns", json={"message": question})
        answer.raise_for_status()
        return str(answer.json()["turn"])


async def cut_and_read(urls: list[str], *, cuts: int, readers: int, seed: int, progress: bool = True) -> Tally:
    """Asks and reads with `readers` at a time until there were so many `cuts`; then everybody reads to the end."""
    tally = Tally(cuts)
    chance = random.Random(seed)
    tasks = [asyncio.create_task(_keep_reading(urls, tally, random.Random(chance.random()))) for _ in range(readers)]
    watching = asyncio.create_task(_watch(tally)) if progress else None
    await asyncio.gather(*tasks)
    if watching is not None:
        watching.cancel()
    return tally


async def _keep_reading(urls: list[str], tally: Tally, chance: random.Random) -> None:
    scissors = Scissors(chance, is_sharp=lambda: not tally.is_reached)
    while not tally.is_reached:
        turn = await ask(urls, f"cut {chance.random()}", chance=chance)
        reading = Reading(turn, chance.choice(TRANSPORTS))
        tally.running.append(reading)
        await read_to_the_end(reading, urls, scissors=scissors, chance=chance)
        tally.running.remove(reading)
        tally.readings.append(reading)


async def _watch(tally: Tally) -> None:
    while True:
        await asyncio.sleep(1)
        sys.stderr.write(f"\r{tally.cuts:,} of {tally.wanted:,} cuts, {len(tally.readings)} turns read ")


def start(stack: Stack) -> list[str]:
    """Two web and two worker processes; the addresses of the web processes."""
    stack.start_model()
    urls = [stack.start_product(), stack.start_web("web-2")]
    stack.start_worker("ai-worker-2", "ai")
    wait_for(f"{urls[1]}/health/ready")
    return urls


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--readers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with Stack() as stack:
        urls, begun = start(stack), time.monotonic()
        tally = asyncio.run(cut_and_read(urls, cuts=options.cuts, readers=options.readers, seed=options.seed))
        seconds = time.monotonic() - begun
    print(f"\n{tally.table()}\n\n{seconds:.0f} s, seed {options.seed}: {'sound' if tally.is_sound else 'NOT SOUND'}")
    return 0 if tally.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())

"""Many chats at once, the product in service mode beside a bare pass-through, in the same run.

    python -m benchmarks.streaming [--chats 100 300] [--ramp 4] [--rounds 2]

Every chat is a WebSocket that asks one question and reads 200 numbered tokens at 50 tokens/s, so an answer
takes four seconds. The questions come evenly over `--ramp` seconds: 4, the length of an answer, is what a
steady crowd of that size looks like; 0 is all of them in one instant. CPU is what the server processes used
from the first question to the last answer; the first token is timed from the question's frame to the first
frame with text.
"""

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.model import TOKENS, TOKENS_PER_SECOND
from benchmarks.stack import BIN, Stack, free_port, wait_for

PRODUCT = ("web", "ai-worker", "worker", "beat")
STORES = ("redis",)
# The first answers of a process pay for what it loads once.
WARM_UP_CHATS = 5


@dataclass(slots=True)
class Reading:
    """One chat. Times in seconds; `lost` and `repeated` count tokens."""

    first_token: float = 0.0
    text: str = ""
    failed: str = ""
    events: int = 0

    @property
    def lost(self) -> int:
        return TOKENS - len(set(self.text.split()))

    @property
    def repeated(self) -> int:
        words = self.text.split()
        return len(words) - len(set(words))


@dataclass(slots=True)
class Measurement:
    name: str
    chats: int
    readings: list[Reading]
    cpu: dict[str, float]
    seconds: float
    stores: dict[str, float] = field(default_factory=dict)

    def percentile(self, percent: int) -> float:
        """Milliseconds to the first token."""
        times = sorted(reading.first_token * 1000 for reading in self.readings)
        return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]

    @property
    def total_cpu(self) -> float:
        return sum(self.cpu.values())


async def converse(socket: ClientConnection) -> Reading:
    reading = Reading()
    began = time.perf_counter()
    await socket.send(json.dumps({"message": "How many tokens are there?", "delta": True}))
    async for raw in socket:
        frame = json.loads(raw)
        if frame["type"] == "delta":
            reading.first_token = reading.first_token or time.perf_counter() - began
            reading.text += frame["content"]
            reading.events += 1
        elif frame["type"] == "snapshot":
            reading.text = frame["content"]
        elif frame["type"] == "error":
            reading.failed = frame["content"]
        elif frame["type"] == "done":
            break
    return reading


async def run_chats(url: str, chats: int, *, ramp: float = 0) -> tuple[list[Reading], float]:
    """Opens all sockets first; the questions then come evenly over `ramp` seconds. Readings and seconds in all."""
    address = url.replace("http", "ws") + "/ws/chat"
    sockets = [await connect(address, compression=None, ping_interval=None, max_queue=None) for _ in range(chats)]
    gc.collect()
    gc.disable()
    began = time.perf_counter()

    async def ask(number: int) -> Reading:
        await asyncio.sleep(number / chats * ramp)
        return await converse(sockets[number])

    readings = await asyncio.gather(*(ask(number) for number in range(chats)))
    took = time.perf_counter() - began
    gc.enable()
    await asyncio.gather(*(socket.close() for socket in sockets))
    return list(readings), took


def measure(stack: Stack, name: str, url: str, *, chats: int, ramp: float, processes: tuple[str, ...]) -> Measurement:
    stores = tuple(store for store in STORES if store in stack.processes)
    before, before_stores = stack.cpu(*processes), stack.cpu(*stores)
    readings, seconds = asyncio.run(run_chats(url, chats, ramp=ramp))
    after, after_stores = stack.cpu(*processes), stack.cpu(*stores)
    cpu = {key: after[key] - before[key] for key in processes}
    return Measurement(
        name, chats, readings, cpu, seconds, {key: after_stores[key] - before_stores[key] for key in stores}
    )


def start_passthrough(stack: Stack) -> str:
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--ws", "websockets"]
    stack.start("passthrough", str(BIN / "uvicorn"), *options, "--loop", "asyncio", "benchmarks.passthrough:app")
    url = f"http://127.0.0.1:{port}"
    wait_for(url, status=404)
    return url


def row(item: Measurement, peer: Measurement) -> str:
    parts = ", ".join(f"{name} {spent:.1f}" for name, spent in {**item.cpu, **item.stores}.items())
    lost, repeated = sum(r.lost for r in item.readings), sum(r.repeated for r in item.readings)
    return (
        f"{item.name:<14}{item.chats:>6}{item.total_cpu:>9.2f}{item.total_cpu / peer.total_cpu:>8.2f}"
        f"{item.percentile(50):>9.0f}{item.percentile(95):>9.0f}{lost:>7}{repeated:>10}{item.seconds:>8.1f}   {parts}"
    )


HEAD = (
    f"{'server':<14}{'chats':>6}{'CPU s':>9}{'ratio':>8}{'p50 ms':>9}{'p95 ms':>9}"
    f"{'lost':>7}{'repeated':>10}{'wall s':>8}   CPU s by process"
)


def report(pairs: list[tuple[Measurement, Measurement]], *, ramp: float) -> None:
    pace = f"{TOKENS} tokens a chat at {TOKENS_PER_SECOND} tokens/s, asked within {ramp:g} s"
    print(f"\n{pace}; p50 and p95 of the time to the first token")
    print(HEAD)
    for ours, peer in pairs:
        print(row(peer, peer))
        print(row(ours, peer))
    for ours, _ in pairs:
        for failure in {reading.failed for reading in ours.readings if reading.failed}:
            print(f"failed: {failure}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--chats", type=int, nargs="+", default=[100, 300])
    options.add_argument("--ramp", type=float, default=TOKENS / TOKENS_PER_SECOND, help="seconds")
    options.add_argument("--rounds", type=int, default=1)
    chosen = options.parse_args()
    pairs = []
    # All chats come from one address here, which the product would take for one person.
    with Stack(TURN_CAPACITY="1000", TURNS_AT_ONCE="1000") as stack:
        stack.start_model()
        url = stack.start_product()
        peer_url = start_passthrough(stack)
        for address in (peer_url, url):
            asyncio.run(run_chats(address, WARM_UP_CHATS))
        for chats in chosen.chats:
            for number in range(chosen.rounds):
                sys.stderr.write(f"{chats} chats, round {number + 1} of {chosen.rounds}...\n")
                load = {"chats": chats, "ramp": chosen.ramp}
                peer = measure(stack, "pass-through", peer_url, **load, processes=("passthrough",))
                ours = measure(stack, "switchboard", url, **load, processes=PRODUCT)
                pairs.append((ours, peer))
    report(pairs, ramp=chosen.ramp)
    return 1 if any(r.failed or r.lost or r.repeated for ours, _ in pairs for r in ours.readings) else 0


if __name__ == "__main__":
    sys.exit(main())

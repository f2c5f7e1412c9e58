"""How soon is a mail answered with 202, at 50 mails a second, beside a bare endpoint of the same server?

Every mail is another one of another sender: each opens a ticket. The time counts from the moment at which the request
should have left, so that a server that falls behind is not let off.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from benchmarks.stack import Stack, wait_for

RATE = 50
SECONDS = 60
WARM_UP = 5
LIMIT_MS = 60.0
WORDS = "заказ оплата карта возврат доставка order payment refund delivery address login password invoice".split()


@dataclass
class Measured:
    name: str
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def ms(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1] * 1000


def mail(number: int) -> bytes:
    """Of about 2 kB, as a person writes them."""
    text = " ".join(WORDS[(number * 7 + place) % len(WORDS)] for place in range(200))
    body = {
        "from": f"Customer {number} <c{number}@client{number % 97}.example>",
        "to": "support@desk.example",
        "subject": f"Вопрос {number}: {WORDS[number % len(WORDS)]}",
        "text": f"Здравствуйте!\n\n{text}\n\nС уважением,\nКлиент {number}",
        "message_id": f"<{number}.{secrets.token_hex(6)}@client.example>",
        "date": "2026-05-13T10:00:00Z",
    }
    return json.dumps(body).encode()


async def steadily(measured: Measured, send: Callable[[int], Awaitable[int]], *, rate: int, seconds: int) -> None:
    """Open loop: a request leaves when it is due, whether or not the former ones have been answered."""
    begun = time.perf_counter()

    async def one(number: int, due: float) -> None:
        status = await send(number)
        measured.times.append(time.perf_counter() - due)
        measured.statuses[status] += 1

    async with asyncio.TaskGroup() as group:
        for number in range(rate * seconds):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(number, due))


async def measure(base: str, secret: str, *, rate: int, seconds: int) -> list[Measured]:
    headers = {"X-Webhook-Secret": secret, "Content-Type": "application/json"}
    found = []
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=httpx.Limits(max_connections=200)) as client:

        async def post(number: int) -> int:
            return (await client.post("/api/webhook/email", content=mail(number), headers=headers)).status_code

        async def bare(number: int) -> int:
            return (await client.get("/health")).status_code

        for name, send in (("bare endpoint", bare), ("webhook, 202", post)):
            await steadily(Measured("warm-up"), send, rate=rate // 5, seconds=WARM_UP)
            measured = Measured(name)
            await steadily(measured, send, rate=rate, seconds=seconds)
            found.append(measured)
    return found


def report(found: list[Measured], *, rate: int, seconds: int) -> None:
    print(f"\n{rate} requests a second for {seconds} s, each measured from when it was due\n")
    print("| | p50, ms | p95, ms | p99, ms | slowest, ms | answers |")
    print("|---|---|---|---|---|---|")
    for one in found:
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(one.statuses.items()))
        slowest = max(one.times) * 1000
        print(f"| {one.name} | {one.ms(50):.1f} | {one.ms(95):.1f} | {one.ms(99):.1f} | {slowest:.0f} | {answers} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    options = parser.parse_args()
    secret = secrets.token_urlsafe(24)
    with Stack(EMAIL_WEBHOOK_SECRET=secret) as stack:
        stack.bootstrap()
        base = stack.start_web()
        wait_for(f"{base}/health")
        found = asyncio.run(measure(base, secret, rate=options.rate, seconds=options.seconds))
    report(found, rate=options.rate, seconds=options.seconds)
    taken = found[-1]
    return 0 if set(taken.statuses) == {202} and taken.ms(95) <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())

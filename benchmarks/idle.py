"""What an open but silent WebSocket costs, and whether it stays open.

    python -m benchmarks.idle [--sockets 2000] [--minutes 10]

Opens the sockets against the web server of the service mode, measures its memory before and after, waits,
and then asks a question over some of them.
"""

import argparse
import asyncio
import resource
import sys
import time

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.stack import Stack, resident_kib
from benchmarks.streaming import converse

OPENED_TOGETHER = 50
ASKED = 20
# Each socket is a file on both sides.
SPARE_FILES = 500


async def open_sockets(address: str, number: int) -> list[ClientConnection]:
    sockets: list[ClientConnection] = []
    while len(sockets) < number:
        batch = min(OPENED_TOGETHER, number - len(sockets))
        opened = (connect(address, compression=None, ping_interval=None, open_timeout=60) for _ in range(batch))
        sockets += await asyncio.gather(*opened)
        sys.stderr.write(f"\r{len(sockets)} of {number} sockets open")
    sys.stderr.write("\n")
    return sockets


async def read_quietly(socket: ClientConnection) -> None:
    """The server's pings are read, as a browser does; any other frame ends with the test."""
    async for _ in socket:
        continue


async def wait(sockets: list[ClientConnection], seconds: float) -> int:
    """How many are still open after `seconds`."""
    readers = [asyncio.create_task(read_quietly(socket)) for socket in sockets]
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        sys.stderr.write(f"\r{left:4.0f} s left, {sum(reader.done() for reader in readers)} closed ")
        await asyncio.sleep(min(left, 5))
    sys.stderr.write("\n")
    alive = sum(not reader.done() for reader in readers)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    return alive


async def measure(stack: Stack, url: str, *, sockets: int, seconds: float) -> tuple[float, int, int]:
    """KiB per socket, sockets still open at the end, and how many of the asked ones answered."""
    address = url.replace("http", "ws") + "/ws/chat"
    pid = stack.processes["web"].pid
    warm = await open_sockets(address, OPENED_TOGETHER)
    before = resident_kib(pid)
    opened = await open_sockets(address, sockets)
    await asyncio.sleep(2)
    after = resident_kib(pid)
    alive = await wait(opened, seconds)
    answers = await asyncio.gather(*(converse(socket) for socket in opened[:ASKED]))
    complete = sum(not answer.lost and not answer.failed for answer in answers)
    await asyncio.gather(*(socket.close() for socket in [*warm, *opened]))
    return (after - before) / sockets, alive, complete


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sockets", type=int, default=2000)
    options.add_argument("--minutes", type=float, default=10)
    chosen = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(chosen.sockets + SPARE_FILES, most), most))
    with Stack() as stack:
        stack.start_model()
        url = stack.start_product()
        seconds = chosen.minutes * 60
        each, alive, complete = asyncio.run(measure(stack, url, sockets=chosen.sockets, seconds=seconds))
    print(f"{'sockets':>8}{'KiB each':>10}{'minutes':>9}{'still open':>12}{'asked':>7}{'answered':>10}")
    print(f"{chosen.sockets:>8}{each:>10.1f}{chosen.minutes:>9.1f}{alive:>12}{ASKED:>7}{complete:>10}")
    return 0 if alive == chosen.sockets and complete == ASKED else 1


if __name__ == "__main__":
    sys.exit(main())

"""From a name to its addresses."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

# A name server that does not answer holds a thread for as long as the system waits: never one of those that
# the rest of the process works with.
_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolver")

type Resolver = Callable[[str, int], Awaitable[list[str]]]


async def system_resolver(host: str, port: int) -> list[str]:
    """The addresses in the system's order of preference, without repetition; raises OSError."""
    found = await asyncio.get_running_loop().run_in_executor(_threads, _ask, host, port)
    return list(dict.fromkeys(found))


def _ask(host: str, port: int) -> list[str]:
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

"""Database work of event loops, on a few threads of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from channels.db import DatabaseSyncToAsync


class DatabaseThreads:
    """Runs synchronous functions that use the ORM without blocking the loop."""

    def __init__(self, name: str, workers: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)

    async def run[**P, R](self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        run: Callable[..., object] = DatabaseSyncToAsync(function, thread_sensitive=False, executor=self._threads)
        return await run(*args, **kwargs)  # type: ignore[misc, no-any-return]


in_db = DatabaseThreads("call-db", 4).run

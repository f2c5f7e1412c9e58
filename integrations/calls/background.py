"""Calls of providers by synchronous code, on one event loop beside it.

A loop of its own for each call, as `async_to_sync` makes one in a plain thread, would open a connection each time and
leave it behind: clients of providers are kept by loop.
"""

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any

from integrations.providers.pool import close_clients

CLOSE_SECONDS = 2.0


class BackgroundLoop:
    """An event loop on a thread of its own, begun with the first use and kept until the process ends."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._begun: asyncio.AbstractEventLoop | None = None

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns or raises; blocks the calling thread, which must not be an event loop's."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._begun is None:
                self._begun = asyncio.new_event_loop()
                threading.Thread(target=self._begun.run_forever, name=self._name, daemon=True).start()
                atexit.register(self._close)
            return self._begun

    def _close(self) -> None:
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(close_clients(), self._loop).result(CLOSE_SECONDS)


calls = BackgroundLoop("provider-calls")

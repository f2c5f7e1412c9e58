"""Signs of life of workers and beat, in the cache, for readiness and metrics.

Both are written by the loop that does the work, not by a thread beside it: a consumer or a beat that
hangs falls silent.
"""

import logging
import os
import socket
import time
from collections.abc import Sequence
from typing import Any

from celery import bootsteps
from celery.beat import Scheduler
from django.core.cache import cache

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 5.0
TTL_SECONDS = 30
QUEUES = ("default", "ai", "outbox")
BEAT = "beat"


def _key(name: str) -> str:
    return f"heartbeat:{name}"


def age(name: str) -> float | None:
    """Seconds since the last sign of life of a queue's worker or of `beat`; None without one."""
    seen = cache.get(_key(name))
    return None if seen is None else max(0.0, time.time() - float(seen["at"]))


def touch(names: Sequence[str]) -> None:
    """Says that this process works for `names` (queues or `beat`)."""
    sign = {"at": time.time(), "by": f"{socket.gethostname()}:{os.getpid()}"}
    try:
        cache.set_many({_key(name): sign for name in names}, TTL_SECONDS)
    except Exception:  # noqa: BLE001 - whatever the cache raises, the work itself goes on without it
        logger.warning("no sign of life could be left", exc_info=True)


class WorkerSigns(bootsteps.StartStopStep):
    """Step of a worker's consumer: while it is connected, its queues are said to be served."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        queues = [queue.name for queue in parent.task_consumer.queues]
        parent.timer.call_after(0, touch, (queues,))
        self._timer = parent.timer.call_repeatedly(INTERVAL_SECONDS, touch, (queues,))

    def stop(self, parent: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop


class BeatingScheduler(Scheduler):
    """Celery's scheduler in memory (due rows live in the database), leaving a sign on its ticks."""

    _touched = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() - self._touched >= INTERVAL_SECONDS:
            self._touched = time.monotonic()
            touch([BEAT])
        pause: float = super().tick(*args, **kwargs)
        return min(pause, INTERVAL_SECONDS)

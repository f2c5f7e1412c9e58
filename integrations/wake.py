"""Wake-up calls that many transactions make at once: the workers need one of them."""

import threading
import time
from collections.abc import Callable

# Calls of one process within this time are one.
GATHER_SECONDS = 0.05


class Gathered:
    """Makes a call at once, and those that follow within GATHER_SECONDS together at the end of that time.

    A process that dies meanwhile takes its call along: whoever is woken must also look by himself now and then.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._called_at = float("-inf")
        self._is_planned = False

    def __call__(self) -> None:
        with self._lock:
            if self._is_planned:
                return
            pause = self._called_at + GATHER_SECONDS - time.monotonic()
            if pause > 0:
                self._is_planned = True
            else:
                self._called_at = time.monotonic()
        if pause > 0:
            timer = threading.Timer(pause, self._late)
            timer.daemon = True
            timer.start()
        else:
            self._call()

    def _late(self) -> None:
        with self._lock:
            self._is_planned, self._called_at = False, time.monotonic()
        self._call()

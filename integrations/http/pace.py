"""How often a stream is read.

A model sends its answer token by token, and every token that is read by itself costs a turn of the event loop, a
timer and a system call. A paced stream is read again only after a moment, and then all that has come meanwhile is
taken together: with hundreds of answers at once this is a third of a worker's time. The first reads after a request
are not delayed, so the first token is not either.
"""

import asyncio
import time
from weakref import WeakSet

# The writer gathers text about as long before it sends it on, so readers see no difference.
PACE_SECONDS = 0.03
PACE_SECONDS_MAX = 0.15
PACE_PER_STREAM = 0.002
# Status line and headers, the frame with the role, the first tokens.
QUICK_READS = 6

# The paces of the streams that are being read; one that is kept for another request still counts.
_running: WeakSet["Pace"] = WeakSet()


class Pace:
    """One stream's."""

    def __init__(self) -> None:
        self._reads = 0
        self._read_at = 0.0

    def begin(self) -> None:
        """A request is sent."""
        self._reads = 0
        _running.add(self)

    async def rest(self) -> None:
        """Before each read."""
        self._reads += 1
        pace = min(max(PACE_SECONDS, len(_running) * PACE_PER_STREAM), PACE_SECONDS_MAX)
        early = self._read_at + pace - time.monotonic()
        if self._reads > QUICK_READS and early > 0:
            await asyncio.sleep(early)
        self._read_at = time.monotonic()

    def end(self) -> None:
        _running.discard(self)

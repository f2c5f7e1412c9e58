"""Time-ordered keys (UUID version 7, RFC 9562): what a process writes later sorts later."""

import secrets
import threading
import time
from datetime import datetime
from uuid import UUID

# A millisecond in 4096 parts: the 48 bits of time and the 12 bits behind them, as one counter.
PARTS_PER_MS = 4096

_lock = threading.Lock()
_last = 0


def ordered_uuid() -> UUID:
    """Above every earlier one of this process, also when the clock steps back."""
    global _last
    with _lock:
        _last = ticks = max(_last + 1, time.time_ns() * PARTS_PER_MS // 1_000_000)
    moment, part = divmod(ticks, PARTS_PER_MS)
    return UUID(int=moment << 80 | 7 << 76 | part << 64 | 2 << 62 | secrets.randbits(62))


def lowest_uuid(moment: datetime) -> UUID:
    """No key that was made at `moment` or later is below: what came since then is found along the primary key."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)

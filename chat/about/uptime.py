"""Since when this process runs; imported as it starts."""

import time

_begun = time.monotonic()


def uptime() -> int:
    """Whole seconds."""
    return int(time.monotonic() - _begun)

"""Views that wait for a turn: their waiting is done by one event loop beside the server's own.

`async_to_sync` would bind the waiting to the request. When the client leaves, the request is cancelled in
the middle of it, and the connection to the database that it holds is never given back to the pool.
"""

from collections.abc import Coroutine
from typing import Any

from chat.turns.db import let_connections_go
from integrations.calls.background import BackgroundLoop

_waiting = BackgroundLoop("waiting-views")


def wait_for[T](waiting: Coroutine[Any, Any, T]) -> T:
    """What `waiting` returns or raises; blocks the calling thread, which must not be an event loop's."""
    let_connections_go()
    return _waiting.run(waiting)

"""Database work of the runner's event loop, on a few threads of its own."""

import asyncio
import logging
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connections

from integrations.calls.db import DatabaseThreads

logger = logging.getLogger(__name__)

# A database that restarts, or fails over, is back within this time.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.2
PAUSE_SECONDS_MAX = 2.0

in_db = DatabaseThreads("turn-db", 6).run


def let_connections_go() -> None:
    """Gives the calling thread's connections back, before it waits or streams for long.

    They would stay with the request until it ends, and sixteen readers would be all that the pool can bear.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def surely_in_db[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `in_db`, trying again while the database cannot be reached, for PATIENCE_SECONDS.

    The function must do no harm when it runs twice: a lost connection does not tell whether it has.
    """
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, PAUSE_SECONDS
    while True:
        try:
            return await in_db(function, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() + pause > deadline:
                raise
            logger.warning("%s: the database is away: %s", function.__name__, type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(pause * 2, PAUSE_SECONDS_MAX)

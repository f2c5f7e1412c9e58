"""What every WebSocket shares: a trace id, a place in the metrics, one log line, a refusal of unknown paths."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from config import measures
from config.network import client_ip_of_scope
from config.trace import HEADER, new_or, trace_id

access_log = logging.getLogger("switchboard.access")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class TracedSocket:
    """ASGI middleware around the socket routes; the line is written when the socket ends."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trace_id.set(new_or(_header(scope, HEADER)))
        begun = time.monotonic()
        measures.sockets.inc()
        try:
            await self._application(scope, receive, send)
        finally:
            measures.sockets.dec()
            seconds, client = time.monotonic() - begun, client_ip_of_scope(scope)
            extra = {"seconds": round(seconds, 1), "client": client}
            access_log.info("WEBSOCKET %s open for %.1f s %s", scope["path"], seconds, client, extra=extra)


def _header(scope: Scope, name: str) -> str:
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in scope.get("headers") or [] if key.lower() == wanted), "")


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """For paths that no socket lives at: the handshake is answered with 403."""
    await receive()
    await send({"type": "websocket.close"})

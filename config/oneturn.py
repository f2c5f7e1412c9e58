"""Routes whose requests only compute and ask the database: each is one turn of one thread, a few at a time.

Django's own ASGI handler takes nearly every middleware to a thread and back, which suits answers that stream. A burst
of mails would be a burst of threads, which take the interpreter from each other and from the loop at every query.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PREFIXES = ("/api/webhook/",)
AT_ONCE = 4

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class OneTurnHandler(ASGIHandler):
    """All middleware and the view in one thread. Those who wait for a decision stand in nobody's way."""

    def __init__(self) -> None:
        super().__init__()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def load_middleware(self, is_async: bool = False) -> None:
        """For threads, whatever Django's handler asks for."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        respond = sync_to_async(self.get_response, thread_sensitive=True)
        if "wait" in request.GET:
            return await respond(request)
        loop = asyncio.get_running_loop()
        async with self._turns.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
            return await respond(request)


def by_path(other: Application, one_turn: Application) -> Application:
    """`one_turn` for the paths below PREFIXES, `other` for the rest."""

    async def choose(scope: dict[str, Any], receive: Any, send: Any) -> None:
        chosen = one_turn if scope["path"].startswith(PREFIXES) else other
        await chosen(scope, receive, send)

    return choose

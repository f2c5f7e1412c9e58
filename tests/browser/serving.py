"""The server of the browser tests: the real pages and static files, the scripted API, and a proxy that cuts.

Everything that a test changes goes through `BrowserServer.do`, which runs it on the server's loop.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from tests.browser.scripted import WIDGET, Receive, Scope, ScriptedApi, Send


class CuttingProxy:
    """A TCP proxy before the server: `cut` resets all connections, while `down` new ones are refused as well."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.down = False
        self.writers: set[asyncio.StreamWriter] = set()
        self.cuts = 0
        self.cut_after: int | None = None  # bytes to the browser after which each connection is cut

    async def start(self) -> int:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers |= {writer, there}
        await asyncio.gather(self.pump(reader, there), self.pump(there_reader, writer, counted=True))
        self.writers -= {writer, there}

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False) -> None:
        sent = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                limit = len(data) if self.cut_after is None or not counted else max(0, self.cut_after - sent)
                sent += len(data)
                writer.write(data[:limit])
                await writer.drain()
                if limit < len(data):
                    self.cuts += 1
                    break
        with contextlib.suppress(OSError):
            writer.close()

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class BrowserServer:
    """Daphne and the proxy on one loop in a thread of their own; Twisted's reactor runs once in a process."""

    def __init__(self) -> None:
        self.api = ScriptedApi()
        self.ready = threading.Event()
        self.url = ""
        threading.Thread(target=self._run, daemon=True, name="browser-server").start()
        if not self.ready.wait(30):
            raise RuntimeError("the server for browser tests did not start")

    def do(self, action: Callable[[], Any]) -> Any:
        """Runs `action` on the server's loop and returns its result."""

        async def call() -> Any:
            return action()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def reset(self) -> None:
        def clean() -> None:
            for task in list(self.api.tasks):
                task.cancel()
            self.api.reset()
            self.proxy.down, self.proxy.cut_after, self.proxy.cuts = False, None, 0
            self.proxy.cut()

        self.do(clean)

    def _run(self) -> None:
        from daphne.server import Server

        endpoints = ["tcp:port=0:interface=127.0.0.1"]
        server: Any = Server(
            self.application(), endpoints, signal_handlers=False, ready_callable=lambda: self._listen(server)
        )
        server.run()

    def _listen(self, server: Any) -> None:
        self.loop = asyncio.get_event_loop()
        self.proxy = CuttingProxy(server.listening_addresses[0][1])
        task = self.loop.create_task(self._open())
        self.opening = task

    async def _open(self) -> None:
        self.url = f"http://127.0.0.1:{await self.proxy.start()}"
        self.ready.set()

    def application(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
        from django.core.asgi import get_asgi_application

        pages: Any = ASGIStaticFilesHandler(get_asgi_application())
        scripted = ("/api/v1/models", "/api/v1/conversations", "/api/v1/turns")

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            talk = scope["path"].startswith(scripted) or (WIDGET.match(scope["path"]) and scope["method"] != "OPTIONS")
            if scope["type"] == "websocket" or talk:
                await self.api(scope, receive, send)
            else:
                await pages(scope, receive, send)

        return application

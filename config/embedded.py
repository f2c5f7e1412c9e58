"""Serving: the web server alone, or with worker and beat in one process, without any other server."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import beat
from celery.worker import state
from daphne.endpoints import build_endpoint_description_strings
from daphne.http_protocol import WebRequest
from daphne.server import Server, twisted_loop
from django.conf import settings

from chat.turns import runner
from config import heartbeat
from config.celery import app
from integrations.outbox import runner as outbox
from knowledge.encoders import warm

logger = logging.getLogger(__name__)

# Answers that are being written may end; then what they were read by; then the worker. Together below LIMIT.
DRAIN_SECONDS = 5.0
STREAM_SECONDS = 1.0
WORKER_SECONDS = 2.5
LIMIT_SECONDS = 9.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class PortInUse(Exception):
    """Something else listens there, or the address is none of this machine's."""


def check_port(host: str, port: int) -> None:
    """Raises PortInUse, in time to say so in words; the server itself would only log it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise PortInUse(f"{host}:{port}: {error.strerror}") from error


class WebServer(Server):  # type: ignore[misc]  # daphne has no types
    """Daphne, told how to stop step by step."""

    def __init__(self, host: str, port: int, *, ready: Callable[[], None]) -> None:
        from config.asgi import application

        super().__init__(
            application=application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            websocket_timeout=-1,
            application_close_timeout=2,
            verbosity=0,
            server_name="switchboard",
            ready_callable=ready,
        )
        self._ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    def stop_accepting(self) -> None:
        for port in self._ports:
            port.stopListening()

    def is_responding(self) -> bool:
        """Whether a response to a request is still being written. Sockets do not count: they never end."""
        return any(
            isinstance(protocol, WebRequest) and (running := details.get("application_instance")) and not running.done()
            for protocol, details in self.connections.items()
        )


class Background:
    """The Celery worker and beat as threads of this process."""

    def __init__(self) -> None:
        self._worker_thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._beat: Any = beat.EmbeddedService(app, thread=True, scheduler_cls=heartbeat.BeatingScheduler)

    def start(self) -> None:
        self._worker_thread.start()
        self._beat.start()

    def _work(self) -> None:
        worker: Any = app.WorkController(
            hostname=f"embedded@{socket.gethostname()}",
            pool_cls="threads",
            concurrency=settings.CELERY_WORKER_CONCURRENCY,
            queues=list(heartbeat.QUEUES),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        # Questions that were waiting when the last run ended.
        runner.get_runner().wake()
        outbox.get_runner().wake()
        worker.start()

    def stop(self) -> None:
        """Running turns may end for DRAIN_SECONDS, then running tasks for WORKER_SECONDS; no new ones begin."""
        # Without waiting: beat keeps nothing, and it sleeps for seconds between its ticks.
        self._beat.service.stop(wait=False)
        flags: Any = state
        flags.should_stop = os.EX_OK
        outbox.close()
        runner.shutdown(DRAIN_SECONDS)
        # The idle worker polls its broker for two seconds before it looks up; nothing is lost with it.
        deadline = time.monotonic() + WORKER_SECONDS
        while state.active_requests and time.monotonic() < deadline:
            self._worker_thread.join(0.05)
        outbox.shutdown(max(0.0, deadline - time.monotonic()))


class Shutdown:
    """From the first signal to the end: no new requests, answers end, then the loop."""

    def __init__(self, server: WebServer, background: Background | None) -> None:
        self._server = server
        self._background = background
        self._loop: asyncio.AbstractEventLoop = twisted_loop
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self._begin)

    def _begin(self) -> None:
        for number in SIGNALS:
            self._loop.remove_signal_handler(number)
            signal.signal(number, _leave_at_once)
        # Whatever hangs (a provider that does not answer, a thread at exit) must not hold up the end.
        _daemon(threading.Timer(LIMIT_SECONDS, os._exit, [os.EX_OK])).start()
        self._server.stop_accepting()
        _daemon(threading.Thread(target=self._drain, name="shutdown")).start()

    def _drain(self) -> None:
        deadline = time.monotonic() + (STREAM_SECONDS if self._background else DRAIN_SECONDS)
        if self._background is not None:
            self._background.stop()
            deadline = time.monotonic() + STREAM_SECONDS
        self._loop.call_soon_threadsafe(self._end, deadline)

    def _end(self, deadline: float) -> None:
        if self._server.is_responding() and time.monotonic() < deadline:
            self._loop.call_later(0.05, self._end, deadline)
        else:
            self._server.stop()


def _daemon[T: threading.Thread](thread: T) -> T:
    thread.daemon = True
    return thread


def _leave_at_once(number: int, _: object) -> None:
    os._exit(128 + number)


def serve(host: str, port: int, *, ready: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is called once the port is open. A second signal ends it at once.

    Without Redis the worker and beat run beside the server. Raises PortInUse.
    """
    background = Background() if settings.EMBEDDED else None

    def listening() -> None:
        warm()
        if background is not None:
            background.start()
        ready()

    server = WebServer(host, port, ready=listening)
    Shutdown(server, background)
    server.run()
    if server.abort_start:
        raise PortInUse(f"{host}:{port}")

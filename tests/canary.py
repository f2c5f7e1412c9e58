"""A marked secret goes wherever secrets go in the tests, and whatever leaves the product is searched for it.

Searched as they leave: log lines as the product writes them, task messages, responses of every test client, WebSocket
frames, and the logs of real processes. One finding anywhere fails the run, whatever the tests themselves say.
"""

import logging
import os
from typing import Any

import pytest
from celery.signals import before_task_publish
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import AsyncClient, Client

# Part of every password, key and payload that the tests store.
MARK = "c4nary-7Qx2"
OUTPUT = "canary"


class Canary:
    """What was found, as `where it was, in which test`."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.is_watching = False
        self._known: tuple[str, ...] = (MARK,)

    def arm(self) -> None:
        """From now on the keys of the installation count as well."""
        self.is_watching = True
        self._known = (MARK, settings.SECRET_KEY, settings.SECRET_BOX_KEY)

    def look(self, text: str, where: str) -> None:
        if any(secret in text for secret in self._known):
            test = os.environ.get("PYTEST_CURRENT_TEST", "between tests")
            self.findings.append(f"{where}: {test}")


canary = Canary()


class LogWatcher(logging.StreamHandler[Any]):
    """Sees what a handler of the product would write: through its filters, by its formatter."""

    def emit(self, record: logging.LogRecord) -> None:
        canary.look(self.format(record), f"log of {record.name}")


def pytest_runtest_setup() -> None:
    """A test may have set logging up anew: the watcher is put back."""
    if canary.is_watching and not any(isinstance(handler, LogWatcher) for handler in logging.getLogger().handlers):
        watch_logs()


def watch_logs() -> None:
    watcher = LogWatcher()
    for handler in logging.getLogger().handlers:
        if handler.filters and handler.formatter:
            watcher.filters, watcher.formatter = handler.filters, handler.formatter
    assert watcher.filters, "the product's own handler is gone"
    logging.getLogger().addHandler(watcher)


def watch_tasks() -> None:
    def published(sender: Any = None, headers: Any = None, body: Any = None, **_: Any) -> None:
        canary.look(f"{headers!r} {body!r}", f"message of the task {sender}")

    before_task_publish.connect(published, weak=False)


def watch_responses(patch: pytest.MonkeyPatch) -> None:
    ask, ask_async = Client.request, AsyncClient.request

    def request(self: Client, **environ: Any) -> Any:
        return seen(ask(self, **environ))

    async def request_async(self: AsyncClient, **environ: Any) -> Any:
        return seen(await ask_async(self, **environ))

    patch.setattr(Client, "request", request)
    patch.setattr(AsyncClient, "request", request_async)


def seen(response: Any) -> Any:
    head = f"{dict(response.headers)!r} {response.cookies}"
    body = "" if response.streaming else response.content.decode(errors="replace")
    canary.look(head + body, f"response of {response.request.get('PATH_INFO') or response.request.get('path')}")
    return response


def watch_sockets(patch: pytest.MonkeyPatch) -> None:
    receive = WebsocketCommunicator.receive_from

    async def receive_from(self: Any, timeout: float = 1) -> Any:
        frame = await receive(self, timeout)
        canary.look(str(frame), "frame of a WebSocket")
        return frame

    patch.setattr(WebsocketCommunicator, "receive_from", receive_from)


@pytest.fixture(autouse=True, scope="session")
def watched() -> Any:
    canary.arm()
    watch_logs()
    watch_tasks()
    with pytest.MonkeyPatch.context() as patch:
        watch_responses(patch)
        watch_sockets(patch)
        yield


# The end of the run. A worker of xdist hands its findings to the process that started it.


def pytest_testnodedown(node: Any, error: Any) -> None:
    canary.findings += (getattr(node, "workeroutput", None) or {}).get(OUTPUT, [])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[OUTPUT] = canary.findings
    elif canary.findings:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if canary.findings:
        terminalreporter.section("A secret left the product", red=True)
        for finding in sorted(set(canary.findings)):
            terminalreporter.line(finding)

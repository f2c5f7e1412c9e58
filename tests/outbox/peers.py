"""Servers on real sockets that do what a test tells them to: SMTP, and HTTP for Telegram and webhooks."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from benchmarks.stack import free_port

LOGIN = ("robot@example.com", "correct-horse")


@dataclass
class Letter:
    """What one SMTP transaction left behind."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)  # type: ignore[return-value]


class Mailroom:
    """The handler of the SMTP server. `replies` holds scripted replies by command, the next one first."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.replies: dict[str, list[str]] = {"MAIL": [], "RCPT": [], "DATA": []}
        self.refused: dict[str, str] = {}
        self.notices: list[str] = []
        # At the end of DATA: take the message, then hang up without a word.
        self.silent_ends = 0
        self.arrived = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.replies["MAIL"]:
            return self.replies["MAIL"].pop(0)
        # The library takes no sender for no MAIL command.
        envelope.mail_from = address or "<>"
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        if self.replies["RCPT"]:
            return self.replies["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.replies["DATA"]:
            return self.replies["DATA"].pop(0)
        self.letters.append(Letter(envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        self.arrived.set()
        await server.loop.run_in_executor(None, self.may_answer.wait, 60)
        if self.silent_ends:
            self.silent_ends -= 1
            server.transport.abort()
        return "250 2.0.0 queued as 1"


class Server(SMTP):
    """Knows delivery notices too, as most servers do: notes their parameters and takes them off."""

    async def smtp_MAIL(self, arg: str) -> None:
        await super().smtp_MAIL(self._noted("MAIL", arg))

    async def smtp_RCPT(self, arg: str) -> None:
        await super().smtp_RCPT(self._noted("RCPT", arg))

    def _noted(self, command: str, arg: str) -> str:
        words = arg.split()
        notices = [word for word in words if word.startswith(("RET=", "ENVID=", "NOTIFY="))]
        self.event_handler.notices += [f"{command} {word}" for word in notices]
        return " ".join(word for word in words if word not in notices)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Mailroom, int]]:
    room, port = Mailroom(), free_port()
    controller = _Controller(room, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield room, port
    finally:
        room.may_answer.set()
        controller.stop()


def only_the_robot(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    given = (data.login.decode(), data.password.decode())
    return AuthResult(success=given == LOGIN, handled=False)


@dataclass
class Call:
    """One HTTP request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Script:
    """What the HTTP server does next: answers (status, headers, body) in order, the last one for ever."""

    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    # Takes the request, then hangs up without a word.
    silent_ends: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def answer(self, status: int, body: Any = b"", **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, raw))

    def next_answer(self) -> tuple[int, dict[str, str], bytes]:
        if len(self.answers) > 1:
            return self.answers.pop(0)
        return self.answers[0] if self.answers else (200, {}, b"ok")


@contextmanager
def http_server() -> Iterator[Script]:
    script = Script()
    script.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            names = {name.lower(): value for name, value in self.headers.items()}
            with script.lock:
                script.calls.append(Call(self.command, self.path, names, body))
                silent = script.silent_ends > 0
                script.silent_ends -= silent
                status, headers, answer = script.next_answer()
            script.arrived.set()
            script.may_answer.wait(60)
            if silent:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            for name, value in {"content-length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Tests read the script, not the console."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that leaves early is what some tests are about."""

    server = Quiet(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield script
    finally:
        script.may_answer.set()
        server.shutdown()
        server.server_close()

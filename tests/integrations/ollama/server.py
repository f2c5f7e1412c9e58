"""An Ollama in a thread: its own routes beside the OpenAI wire, with the delays and faults that a test asks for."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.model_server import reachable

GIB = 2**30


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Ollama"

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        self.server.meet(self.path)
        if fault := self.server.faults.get(self.path):
            fault(self)
        elif self.path == "/api/version":
            self.answer({"version": "0.12.3"})
        elif self.path == "/api/tags":
            rows = self.server.installed.items()
            self.answer({"models": [{"name": name, "model": name, "size": size} for name, size in rows]})
        elif self.path == "/api/ps":
            self.answer({"models": self.server.loaded_rows()})
        elif self.path == "/v1/models":
            self.answer({"object": "list", "data": [{"id": name} for name in self.server.installed]})
        else:
            self.answer({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path in {"/api/generate", "/api/embed"}:
            self._own(body)
        elif self.path == "/v1/embeddings":
            self.server.log.append(("ask", body["model"]))
            rows = [{"index": n, "embedding": [0.1, 0.2], "object": "embedding"} for n in range(len(body["input"]))]
            self.answer({"object": "list", "data": rows, "model": body["model"], "usage": {"prompt_tokens": 1}})
        else:
            self._chat(body["model"])

    def _own(self, body: dict[str, Any]) -> None:
        verb, name = ("unload" if body["keep_alive"] == 0 else "load"), body["model"]
        self.server.log.append((verb, name))
        self.server.bodies.append((self.path, body))
        self.server.meet(verb)
        if fault := self.server.faults.get(verb):
            fault(self)
        elif name not in self.server.installed:
            self.answer({"error": f"model '{name}' not found"}, 404)
        elif verb == "unload":
            self.server.loaded.pop(name, None)
            self.answer({"model": name, "done": True, "done_reason": "unload"})
        else:
            self.server.put_in_memory(name)
            self.answer({"model": name, "done": True, "done_reason": "load"})

    def _chat(self, asked: str) -> None:
        name = asked if ":" in asked else f"{asked}:latest"
        self.server.log.append(("ask", name))
        self.server.put_in_memory(name)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._frame({"delta": {"content": f"I am {asked}."}, "finish_reason": None})
        self.server.meet(f"answer {name}")
        self._frame({"delta": {}, "finish_reason": "stop"})
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")
        self.server.log.append(("answered", name))

    def _frame(self, choice: dict[str, Any]) -> None:
        frame = {"id": "x", "object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, **choice}]}
        self._chunk(f"data: {json.dumps(frame)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def answer(self, body: Any, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(body).encode(), status, **headers)

    def raw(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)


class Ollama(ThreadingHTTPServer):
    """`installed` names with their files' size in bytes; `loaded` with the memory that each takes.

    `gates` hold back a path, a verb or an answer until they are set; `met` says that somebody stands there.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.installed: dict[str, int] = {}
        self.loaded: dict[str, int] = {}
        self.log: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.gets: list[str] = []
        self.faults: dict[str, Any] = {}
        self.gates: dict[str, threading.Event] = {}
        self.met: dict[str, threading.Event] = {}
        self.most_at_once = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        return

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def has(self, **sizes: float) -> None:
        """Models by name (`_` for `:`) and the GB of memory that each takes."""
        for name, size in sizes.items():
            self.installed[name.replace("_", ":")] = int(size * GIB)

    def put_in_memory(self, name: str) -> None:
        if not name.endswith("cloud"):
            self.loaded[name] = self.installed.get(name, 0)
            self.most_at_once = max(self.most_at_once, len(self.loaded))

    def loaded_rows(self) -> list[dict[str, Any]]:
        until = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
        return [
            {"name": name, "size_vram": size, "size": size, "expires_at": until} for name, size in self.loaded.items()
        ]

    def hold(self, place: str) -> threading.Event:
        """Whoever comes to `place` waits there until the event that is returned is set."""
        self.met[place] = threading.Event()
        self.gates[place] = threading.Event()
        return self.gates[place]

    def meet(self, place: str) -> None:
        if not place.startswith("answer"):
            self.gets.append(place)
        if gate := self.gates.get(place):
            self.met[place].set()
            gate.wait(30)

    def verbs(self) -> list[tuple[str, str]]:
        return [entry for entry in self.log if entry[0] != "answered"]


@contextmanager
def ollama_server() -> Iterator[Ollama]:
    server = Ollama()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with reachable(server.server_port):
            yield server
    finally:
        for gate in server.gates.values():
            gate.set()
        server.shutdown()
        server.server_close()

"""A small OpenAI-compatible server whose models behave as their names say."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.test import override_settings

ANSWER = "Привет! Это ответ модели: раз, два, три 🎉 — and a little English, too."


THOUGHTS: dict[str, Any] = {
    "analysis": {
        "task_type": "task",
        "complexity": 3,
        "subject": "other",
        "needs_tools": False,
        "description": "Нужен совет.",
    },
    "planning": {"steps": [{"text": "Подумать", "tool": "answer", "input": ""}]},
    "verification": {"verdict": "accepted", "score": 8, "problems": [], "comment": "Хорошо."},
    "memory": {"facts": []},
    "answer": ANSWER,
}


class Handler(BaseHTTPRequestHandler):
    """Models: `echo` answers, `slow` does so word by word until the test opens the gate, the others fail."""

    protocol_version = "HTTP/1.1"
    server: "ModelServer"

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "echo", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"headers": {name.lower(): value for name, value in self.headers.items()}, **body})
        if self.path.endswith("/messages"):
            getattr(self, "anthropic_" + body["model"].removeprefix("claude-").split("-")[0], self.anthropic_ok)()
            return
        getattr(self, "model_" + body["model"].replace("-", "_"), self.model_echo)()

    def model_echo(self) -> None:
        self._begin()
        for word in ANSWER.split(" "):
            self._delta(word if word == ANSWER.split(" ")[0] else f" {word}")
        self._end()

    def model_slow(self) -> None:
        self._begin()
        for number in range(2000):
            self._delta(f"слово{number} ")
            if self.server.gate.wait(0.02):
                break
        self._end()

    def model_long(self) -> None:
        """A quarter of a megabyte."""
        self._begin()
        for number in range(16):
            self._delta(f"{number} ".ljust(16 * 1024, "x"))
        self._end()

    def model_flood(self) -> None:
        self._begin()
        for number in range(20_000):
            self._delta(f"слово{number} ")
        self._end()

    def model_silent(self) -> None:
        self._begin()
        self._end()

    def model_cut(self) -> None:
        self._begin()
        self._delta("half an ")
        self._delta("answer")
        self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def model_garbage(self) -> None:
        self._begin()
        self._delta("half")
        self._chunk("data: {not json\n\n")
        self.close_connection = True

    def model_forbidden(self) -> None:
        self._json(401, {"error": {"message": "Incorrect API key provided: sk-secret", "code": "invalid_api_key"}})

    def model_broken(self) -> None:
        self._json(500, {"error": {"message": "boom"}})

    def model_busy_once(self) -> None:
        if sum(request["model"] == "busy-once" for request in self.server.requests) == 1:
            self._json(429, {"error": {"message": "slow down"}}, {"Retry-After": "0.05"})
        else:
            self.model_echo()

    def model_busy_long(self) -> None:
        self._json(429, {"error": {"message": "slow down"}}, {"Retry-After": "120"})

    def model_scripted(self) -> None:
        """Says what the test has put into `says`, one text a request."""
        self._begin()
        self._delta(self.server.says.pop(0))
        self._end()

    def model_thinking(self) -> None:
        """Thinks what the test has put into `thoughts`, answers by `says`; each takes `pause` seconds."""
        wanted = self._wanted()
        with self.server.lock:
            self.server.asked.append((wanted, time.monotonic()))
            prepared = self.server.says if wanted == "answer" else self.server.thoughts.get(wanted, [])
            thought = prepared.pop(0) if prepared else THOUGHTS[wanted]
        self._begin()
        if self.server.turnstile:
            self.server.turnstile.acquire(timeout=20)
        self.server.gate.wait(self.server.pause)
        text = thought if isinstance(thought, str) else json.dumps(thought, ensure_ascii=False)
        # In two pieces, so that whoever hangs up is noticed.
        self._delta(text[:3])
        self._delta(text[3:])
        self._end()

    def _wanted(self) -> str:
        """By what the asked-for JSON has to have, which the first message says."""
        messages = self.server.requests[-1]["messages"]
        told = messages[0]["content"] if messages[0]["role"] == "system" else ""
        named = (("complexity", "analysis"), ("steps", "planning"), ("verdict", "verification"), ("facts", "memory"))
        return next((kind for field, kind in named if f'"{field}": {{"type"' in told), "answer")

    def model_counting(self) -> None:
        """Answers once it was in company, and a moment later; the server notes how many there are at the same time."""
        with self.server.lock:
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
            if self.server.at_once > 1:
                self.server.company.set()
        self._begin()
        self.server.company.wait(30)
        self.server.gate.wait(0.05)
        with self.server.lock:
            self.server.at_once -= 1
        self._delta(ANSWER)
        self._end()

    def model_pings(self) -> None:
        self._begin()
        for _ in range(100):
            self._chunk(": ping\n\n")
            if self.server.gate.wait(0.05):
                break

    def model_cut_at_once(self) -> None:
        self._begin()
        self.wfile.write(b"0\r\n\r\n")

    def model_penniless(self) -> None:
        self._json(429, {"error": {"message": "no credit", "code": "insufficient_quota"}})

    def model_unknown(self) -> None:
        self._json(404, {"error": {"message": "no such model"}})

    def model_refused_request(self) -> None:
        self._json(400, {"error": {"message": "bad"}})

    def model_too_long(self) -> None:
        self._json(400, {"error": {"message": "too long", "code": "context_length_exceeded"}})

    def model_filtered(self) -> None:
        self._begin()
        self._end("content_filter")

    def model_refusing(self) -> None:
        self._begin()
        for piece in ("I will ", "not."):
            self._frame([{"index": 0, "delta": {"refusal": piece}, "finish_reason": None}])
        self._end()

    def model_misshapen(self) -> None:
        self._begin()
        self._frame([{"index": 0, "delta": "text", "finish_reason": None}])
        self._end()

    def model_tools(self) -> None:
        """Two calls whose fragments come mixed; the second one's arguments are cut off."""
        self._begin()
        for index, id_, name, piece in [
            (0, "call_a", "weather", '{"city":'),
            (1, "call_b", "time", ""),
            (0, None, None, ' "Казань"}'),
            (1, None, None, '{"zone": "Eur'),
        ]:
            function = {"name": name, "arguments": piece}
            fragment = {"index": index, "id": id_, "type": "function", "function": function}
            self._frame([{"index": 0, "delta": {"tool_calls": [fragment]}, "finish_reason": None}])
        self._end("length")

    def anthropic_tools(self) -> None:
        self._begin()
        self._named("message_start", {"message": {"model": "claude", "usage": {"input_tokens": 7}}})
        block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
        self._named("content_block_start", {"index": 1, "content_block": block})
        for piece in ('{"city": "Каз', 'ань"}'):
            self._named(
                "content_block_delta", {"index": 1, "delta": {"type": "input_json_delta", "partial_json": piece}}
            )
        self._named("content_block_stop", {"index": 1})
        self._named("ping", {})
        self._finish_message("tool_use")

    def anthropic_refusing(self) -> None:
        self._begin()
        cached = {"input_tokens": 7, "cache_read_input_tokens": 100, "cache_creation_input_tokens": None}
        self._named("message_start", {"message": {"model": "claude", "usage": cached}})
        self._finish_message("refusal")

    def anthropic_long(self) -> None:
        self._json(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long"}})

    def anthropic_ok(self) -> None:
        self._begin()
        self._named("message_start", {"message": {"model": "claude", "usage": {"input_tokens": 7}}})
        for word in ("Здравствуйте", ", ", "мир"):
            self._named("content_block_delta", {"delta": {"type": "text_delta", "text": word}})
        self._finish_message("end_turn")

    def _finish_message(self, reason: str) -> None:
        self._named("message_delta", {"delta": {"stop_reason": reason}, "usage": {"output_tokens": 3}})
        self._named("message_stop", {})
        self.wfile.write(b"0\r\n\r\n")

    def anthropic_overloaded(self) -> None:
        self._begin()
        self._named("content_block_delta", {"delta": {"type": "text_delta", "text": "half"}})
        self._named("error", {"error": {"type": "overloaded_error", "message": "x"}})
        self.wfile.write(b"0\r\n\r\n")

    def _named(self, kind: str, data: dict[str, Any]) -> None:
        self._chunk(f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n")

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _delta(self, text: str) -> None:
        self._frame([{"index": 0, "delta": {"content": text}, "finish_reason": None}])

    def _end(self, reason: str = "stop") -> None:
        self._frame([{"index": 0, "delta": {}, "finish_reason": reason}])
        self._frame([], usage={"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16})
        self._chunk("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _frame(self, choices: list[Any], **extra: Any) -> None:
        frame = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "served", "choices": choices}
        self._chunk(f"data: {json.dumps(frame | extra)}\n\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            self.server.hangups.append(time.monotonic())
            raise

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class ModelServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.hangups: list[float] = []
        self.gate = threading.Event()
        self.company = threading.Event()
        self.says: list[str] = []
        self.thoughts: dict[str, list[Any]] = {}
        # What was asked of the thinking model, and when; seconds that each of its answers takes.
        self.asked: list[tuple[str, float]] = []
        self.pause = 0.0
        # One of its answers for each that a test lets through.
        self.turnstile: threading.Semaphore | None = None
        self.lock = threading.Lock()
        self.at_once = self.most_at_once = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        return

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def reachable(port: int) -> Iterator[None]:
    """A server of the tests on the loopback interface, as its owner would open it."""
    with override_settings(INTERNAL_HOSTS=[*settings.INTERNAL_HOSTS, f"127.0.0.1:{port}"]):
        yield


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with reachable(server.server_port):
            yield server
    finally:
        server.gate.set()
        server.shutdown()
        server.server_close()

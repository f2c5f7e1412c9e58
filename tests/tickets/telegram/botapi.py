"""A Bot API server that behaves as Telegram does where it matters here: ids, updates, files, webhooks, refusals."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "123456:AAtests-only-token-that-is-not-real"
BOT = {"id": 123456, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}


@dataclass
class BotApi:
    """`refusals` are given to the next calls of a method, first come first served."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    next_id: int = 100

    def made(self, method: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.calls if name == method]

    def refuse(self, method: str, code: int, text: str, **parameters: Any) -> None:
        answer = {"ok": False, "error_code": code, "description": text, "parameters": parameters}
        self.refusals.setdefault(method, []).append(answer)

    def feed(self, **update: Any) -> dict[str, Any]:
        with self.changed:
            made = {"update_id": 9000 + len(self.updates), **update}
            self.updates.append(made)
            self.changed.notify_all()
        return made

    def answer(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        with self.changed:
            if refusals := self.refusals.get(method):
                self.calls.append((method, fields))
                return refusals.pop(0)
            result = getattr(self, f"_{method}", lambda _fields: True)(fields)
            # Noted when it is done, so that whoever waits for the call sees its effect.
            self.calls.append((method, fields))
            self.changed.notify_all()
        return result if isinstance(result, dict) and result.get("ok") is False else {"ok": True, "result": result}

    def _getMe(self, _fields: dict[str, Any]) -> Any:
        return BOT

    def _sendMessage(self, fields: dict[str, Any]) -> Any:
        self.next_id += 1
        chat = {"id": int(fields["chat_id"]), "type": "supergroup"}
        self.messages[self.next_id] = {**fields, "message_id": self.next_id, "chat": chat, "from": BOT}
        return {"message_id": self.next_id, "chat": chat, "date": int(time.time()), "from": BOT}

    def _editMessageText(self, fields: dict[str, Any]) -> Any:
        known = self.messages.get(fields["message_id"])
        if known is None:
            return {"ok": False, "error_code": 400, "description": "Bad Request: message to edit not found"}
        known |= fields
        return {"message_id": known["message_id"], "chat": known["chat"]}

    def _getUpdates(self, fields: dict[str, Any]) -> Any:
        if self.webhook:
            text = "Conflict: can't use getUpdates method while webhook is active"
            return {"ok": False, "error_code": 409, "description": text}
        offset = fields.get("offset") or 0
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates and fields.get("timeout"):
            self.changed.wait(min(fields["timeout"], 2))
        return list(self.updates)

    def _setWebhook(self, fields: dict[str, Any]) -> Any:
        self.webhook = fields
        return True

    def _deleteWebhook(self, _fields: dict[str, Any]) -> Any:
        self.webhook = {}
        return True

    def _getWebhookInfo(self, _fields: dict[str, Any]) -> Any:
        return {"url": self.webhook.get("url", ""), "pending_update_count": len(self.updates)}

    def _getFile(self, fields: dict[str, Any]) -> Any:
        content = self.files.get(fields["file_id"])
        if content is None:
            return {"ok": False, "error_code": 400, "description": "Bad Request: wrong file_id"}
        return {"file_id": fields["file_id"], "file_size": len(content), "file_path": f"docs/{fields['file_id']}"}


def handler_of(api: BotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            bot, _slash, method = self.path.removeprefix("/bot").partition("/")
            if bot != TOKEN:
                self.reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
                return
            answer = api.answer(method, json.loads(body or b"{}"))
            self.reply(200 if answer["ok"] else answer["error_code"], answer)

        def do_GET(self) -> None:
            prefix = f"/file/bot{TOKEN}/docs/"
            content = api.files.get(self.path.removeprefix(prefix)) if self.path.startswith(prefix) else None
            if content is None:
                self.reply(404, {"ok": False, "error_code": 404, "description": "Not Found"})
                return
            self.send(200, content, "application/octet-stream")

        def reply(self, status: int, answer: dict[str, Any]) -> None:
            self.send(status, json.dumps(answer).encode(), "application/json")

        def send(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Tests read the calls, not the console."""

    return Handler


@contextmanager
def bot_api() -> Iterator[BotApi]:
    api = BotApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(api))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()

"""An API that plays what a test says: conversations, and the event log over WebSocket, SSE and polling."""

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.browser.scripted_turn import ScriptedTurn

# A visitor of a widget talks at the widget's own routes, about the same things.
WIDGET = re.compile(r"^/api/v1/widgets/[^/]+/(?=conversation$|turns)")
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def iso(moment: datetime | None = None) -> str:
    return (moment or datetime.now(UTC)).isoformat().replace("+00:00", "Z")


class ScriptedApi:
    """The state that tests set, and the application that serves it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.refused: set[str] = set()
        self.statuses: dict[tuple[str, str], tuple[int, dict[str, Any], dict[str, str]]] = {}
        self.delays: dict[tuple[str, str], float] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.connections: list[tuple[str, int]] = []
        self.turns: dict[str, ScriptedTurn] = {}
        self.conversations: dict[str, dict[str, Any]] = {}
        self.models: dict[str, Any] = {
            "models": [
                {"key": "local", "title": "Built-in", "provider": "Local", "is_local": True, "is_default": True},
                {"key": "gpt-4o", "title": "GPT-4o", "provider": "OpenAI", "is_local": False, "is_default": False},
            ],
            "degraded": None,
            "notice": None,
        }
        self.on_turn: Callable[[ScriptedTurn], None] = lambda turn: None
        self.tasks: set[asyncio.Task[Any]] = set()
        self.socket_queues: list[asyncio.Queue[dict[str, Any]]] = []

    def new_turn(self) -> ScriptedTurn:
        turn = ScriptedTurn(str(uuid.uuid4()))
        self.turns[turn.id] = turn
        return turn

    def new_conversation(self, title: str = "", *, age: timedelta = timedelta()) -> dict[str, Any]:
        moment = iso(datetime.now(UTC) - age)
        conversation: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "title": title,
            "created_at": moment,
            "last_activity": moment,
            "model": None,
            "messages": [],
        }
        self.conversations[conversation["id"]] = conversation
        return conversation

    def add_exchange(
        self, conversation: dict[str, Any], question: str, answer: str | ScriptedTurn, **extra: Any
    ) -> None:
        """A question and its answer: a finished text, or a turn that is still being written."""
        turn = answer if isinstance(answer, ScriptedTurn) else self.new_turn()
        if isinstance(answer, str):
            turn.state = extra.pop("state", "done")
            turn.emit("delta", answer)
            turn.state = "done" if turn.state == "running" else turn.state
        turn.details |= extra.pop("turn", {})
        blank: dict[str, Any] = {"state": "complete", "created_at": iso(), "sources": [], "turn": None}
        if question:
            conversation["messages"].append(blank | {"id": str(uuid.uuid4()), "role": "user", "content": question})
        message = blank | {"id": str(uuid.uuid4()), "role": "assistant", "content": "", "turn": turn} | extra
        conversation["messages"].append(message)

    # The application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await (self.socket if scope["type"] == "websocket" else self.http)(scope, receive, send)
        finally:
            self.tasks.discard(task)

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        method, path = scope["method"], WIDGET.sub("/api/v1/", scope["path"])
        accept = dict(scope["headers"]).get(b"accept", b"").decode()
        query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
        self.requests.append((method, path, body))
        if delay := self.delays.get((method, path)):
            await asyncio.sleep(delay)
        if planned := self.statuses.get((method, path)):
            await reply(send, *planned)
        elif path.endswith("/events"):
            await self.events(path.split("/")[4], query, accept, send)
        else:
            await reply(send, *self.answer(method, path.split("/")[3:], body, query))

    def answer(self, method: str, path: list[str], body: Any, query: dict[str, str]) -> tuple[int, Any]:
        if path == ["models"]:
            return 200, self.models
        if path == ["conversation"]:
            return 200, {"conversation": self.newest()}
        if path == ["conversations"]:
            return 200, self.listing(query)
        if path[0] == "conversations":
            return self.conversation(method, path[1], body)
        if path == ["turns"]:
            return self.ask(body)
        if path[2] == "rating":
            return self.rating(method, self.turns[path[1]], body)
        if path[2] == "stop":
            self.turns[path[1]].emit("done", metadata={"state": "stopped", "failed": False})
            return 202, {}
        return self.retry(path[1])

    def listing(self, query: dict[str, str]) -> dict[str, Any]:
        wanted = query.get("q", "").lower()
        found = [c for c in self.conversations.values() if wanted in c["title"].lower()]
        found.sort(key=lambda conversation: conversation["last_activity"], reverse=True)
        skip, limit = int(query["skip"]), int(query["limit"])
        return {"conversations": found_page(found[skip : skip + limit]), "total": len(found)}

    def newest(self) -> dict[str, Any] | None:
        """The latest conversation as a widget's visitor gets it."""
        last = next(reversed(self.conversations.values()), None)
        return self.conversation("GET", last["id"], None)[1] if last else None

    def conversation(self, method: str, key: str, body: Any) -> tuple[int, Any]:
        conversation = self.conversations.get(key)
        if conversation is None:
            return 404, {"detail": "Not found."}
        if method == "DELETE":
            del self.conversations[key]
            return 204, None
        if method == "PATCH":
            conversation |= body
        return 200, conversation | {"messages": [self.message(entry) for entry in conversation["messages"]]}

    def message(self, entry: dict[str, Any]) -> dict[str, Any]:
        turn: ScriptedTurn | None = entry["turn"]
        if turn is None:
            return entry
        active = turn.state in ("pending", "running")
        state = "streaming" if active else "complete" if turn.state == "done" else "partial"
        return entry | {"content": turn.text, "state": state, "turn": turn.json()}

    def ask(self, body: dict[str, Any]) -> tuple[int, Any]:
        known = self.conversations.get(body.get("conversation", ""))
        conversation = known or self.new_conversation(body["message"][:60])
        return 201, self.started(conversation, body["message"])

    def rating(self, method: str, turn: ScriptedTurn, body: Any) -> tuple[int, Any]:
        """As the product keeps it: a correction goes with a thumb down and stays when none is sent."""
        if method == "POST":
            kept = body.get("correction", turn.details.get("correction", "")) if body["rating"] == -1 else ""
            turn.details |= {"rating": body["rating"], "correction": kept}
        return 200, {"rating": turn.details["rating"], "correction": turn.details.get("correction", "")}

    def retry(self, key: str) -> tuple[int, Any]:
        for conversation in self.conversations.values():
            if any(entry["turn"] and entry["turn"].id == key for entry in conversation["messages"]):
                return 201, self.started(conversation, "")
        return 404, {"detail": "Not found."}

    def started(self, conversation: dict[str, Any], question: str) -> dict[str, Any]:
        turn = self.new_turn()
        self.add_exchange(conversation, question, turn)
        self.on_turn(turn)
        ids = [entry["id"] for entry in conversation["messages"]]
        names = {"turn": turn.id, "conversation": conversation["id"], "title": conversation["title"]}
        return names | {"question": ids[-2], "answer": ids[-1]}

    # Three readers of one log

    async def events(self, key: str, query: dict[str, str], accept: str, send: Send) -> None:
        after = int(query.get("after", 0))
        kind = "sse" if "event-stream" in accept else "poll"
        self.connections.append((kind, after))
        turn = self.turns.get(key)
        if kind in self.refused:
            await reply(send, 503, {"detail": "Refused."})
        elif turn is None:
            await reply(send, 404, {"detail": "Not found."})
        elif kind == "sse":
            await self.stream(turn, after, send)
        else:
            await self.page(turn, after, float(query.get("wait", 0)), send)

    async def stream(self, turn: ScriptedTurn, after: int, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True})
        while True:
            for event in turn.after(after):
                after = event["seq"]
                data = f"id: {after}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
                await send({"type": "http.response.body", "body": data, "more_body": True})
                if event["type"] == "done":
                    await send({"type": "http.response.body", "body": b""})
                    return
            for frame in turn.queued():
                body = f"data: {json.dumps(frame)}\n\n".encode()
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await turn.changed.wait()

    async def page(self, turn: ScriptedTurn, after: int, wait: float, send: Send) -> None:
        found = turn.after(after)
        if not found and turn.state == "running" and turn.place is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(turn.changed.wait(), wait)
            found = turn.after(after)
        finished = turn.state != "running"
        page = {"turn": turn.id, "state": turn.state, "finished": finished, "place": turn.place, "events": found}
        await reply(send, 200, page)

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if "websocket" in self.refused:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": next(iter(scope.get("subprotocols") or ()), None)})
        followers: list[asyncio.Task[None]] = []
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                frame = json.loads(message["text"])
                self.connections.append(("websocket", frame["after"]))
                if "denied" in self.refused:
                    await send({"type": "websocket.close", "code": 4403})
                    return
                followers.append(asyncio.create_task(self.forward(frame, send)))
        finally:
            for follower in followers:
                follower.cancel()

    async def forward(self, frame: dict[str, Any], send: Send) -> None:
        turn, after = self.turns.get(frame["resume"]), frame["after"]
        if turn is None:
            error = {"turn": frame["resume"], "type": "error", "content": "", "metadata": {"code": "not_found"}}
            await send({"type": "websocket.send", "text": json.dumps(error)})
            return
        await send({"type": "websocket.send", "text": json.dumps({"type": "ping"})})
        while True:
            changed = turn.changed
            for event in turn.after(after):
                after = event["seq"]
                await send({"type": "websocket.send", "text": json.dumps(event, ensure_ascii=False)})
                if event["type"] == "done":
                    return
            for queued in turn.queued():
                await send({"type": "websocket.send", "text": json.dumps(queued)})
            await changed.wait()


def found_page(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in entry.items() if key != "messages"} for entry in found]


async def read_body(receive: Receive) -> Any:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return json.loads(body) if body else None


async def reply(send: Send, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
    body = b"" if data is None else json.dumps(data).encode()
    pairs = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    pairs += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})

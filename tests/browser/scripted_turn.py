"""A turn whose event log a test writes."""

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ScriptedTurn:
    """A turn whose events the test emits; `forgotten` events are no longer in the log."""

    id: str
    events: list[dict[str, Any]] = field(default_factory=list)
    state: str = "running"
    forgotten: int = 0
    swallowed: set[int] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    details: dict[str, Any] = field(default_factory=dict)
    place: int | None = None

    def queue(self, place: int) -> None:
        """The turn waits at this place until it says something."""
        self.place = place
        self._wake()

    def queued(self) -> list[dict[str, Any]]:
        """The frame without a number that a reader of a waiting turn gets."""
        if self.place is None:
            return []
        words = {"content": f"Waiting, {self.place}", "metadata": {"place": self.place}}
        return [{"turn": self.id, "type": "stage", "stage": "queued", **words}]

    def emit(self, kind: str, content: str = "", *, stage: str | None = None, metadata: Any = None) -> None:
        seq = len(self.events) + 1
        frame = {"turn": self.id, "seq": seq, "type": kind, "stage": stage, "content": content, "metadata": metadata}
        self.events.append(frame)
        self.place = None
        if kind == "done":
            self.state = (metadata or {}).get("state", "done")
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    @property
    def text(self) -> str:
        return "".join(event["content"] for event in self.events if event["type"] == "delta")

    def after(self, seq: int) -> list[dict[str, Any]]:
        """What a reader at `seq` gets: a snapshot first when the log has forgotten events it needs."""
        found = [event for event in self.events if event["seq"] > max(seq, self.forgotten)]
        found = [event for event in found if event["seq"] not in self.swallowed]
        if seq < self.forgotten:
            kept = "".join(e["content"] for e in self.events[: self.forgotten] if e["type"] == "delta")
            found.insert(0, {**self.events[0], "seq": self.forgotten, "type": "snapshot", "content": kept})
        return found

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "state": self.state,
            "last_seq": len(self.events),
            "model": "local",
            "model_title": "Built-in",
            "error_code": None,
            "error_text": None,
            "input_tokens": 812,
            "output_tokens": 431,
            "usage_estimated": False,
            "cost": "0.00012300",
            "first_token_ms": 420,
            "degraded": None,
        } | self.details

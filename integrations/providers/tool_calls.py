"""Tool calls, which arrive in fragments of a JSON text."""

import json
from dataclasses import dataclass, field

from integrations.providers.base import Json, ToolCall


@dataclass(slots=True)
class _Fragments:
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)


class ToolCallAssembler:
    """Collects the fragments of the calls of one answer by their index."""

    def __init__(self) -> None:
        self._calls: dict[int, _Fragments] = {}

    def add(self, index: int, *, id: str = "", name: str = "", piece: str = "") -> None:
        call = self._calls.setdefault(index, _Fragments())
        call.id = call.id or id
        call.name = call.name or name
        call.pieces.append(piece)

    def whole(self) -> list[ToolCall]:
        """The calls in their order, once the answer is complete."""
        return [
            tool_call(call.id or f"call_{index}", call.name, "".join(call.pieces))
            for index, call in sorted(self._calls.items())
        ]


def tool_call(id: str, name: str, raw: str) -> ToolCall:
    """`raw` read as JSON; what is no object is kept as it is and said to be malformed."""
    arguments, problem = _arguments(raw)
    if not name:
        problem = problem or "the call names no tool"
    return ToolCall(id, name, arguments, raw, problem)


def _arguments(raw: str) -> tuple[Json, str]:
    if not raw.strip():
        return {}, ""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return {}, f"the arguments are not JSON: {error}"
    if not isinstance(value, dict):
        return {}, "the arguments are not an object"
    return value, ""

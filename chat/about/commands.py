"""The commands of `POST /api/command`: each answers what a route answers."""

from collections.abc import Callable
from typing import Any

from chat.about.figures import stats_json
from chat.experience.reports import experience_json
from chat.memory.api.wires import forget_everything
from chat.memory.reports import memory_json

Json = dict[str, Any]


def _clear(actor: Any, address: str) -> Json:
    return {"status": "success", "message": forget_everything(actor)}


# By name: who asks and from where, to the body of the route.
COMMANDS: dict[str, Callable[[Any, str], Json]] = {
    "stats": stats_json,
    "memory": lambda actor, address: memory_json(actor),
    "experience": lambda actor, address: experience_json(actor),
    "clear": _clear,
}

"""Which prompt an answer was written by."""

from typing import Any

from chat.admin.prompts.forms import version_title
from chat.prompts.registry import specs


def prompt_used(turn: Any) -> str:
    """The prompt and its version, from the answer's metadata; empty when it names none."""
    used = turn.answer.metadata.get("prompt")
    if not isinstance(used, dict):
        return ""
    spec = specs().get(str(used.get("key")))
    number = used.get("version")
    return f"{spec.title if spec else used.get('key')} · {version_title(number if isinstance(number, int) else 0)}"

"""The tools that the assistant has by itself."""

from chat.tools import block  # noqa: F401 - declares its prompt
from chat.tools.registry import register_tool
from chat.tools.searching import KNOWLEDGE, MEMORY
from chat.tools.web import WEB


def register() -> None:
    for spec in (KNOWLEDGE, MEMORY, WEB):
        register_tool(spec)

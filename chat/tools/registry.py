"""The tools that there are, and running one. Whatever goes wrong becomes a ToolFailed; results have limits."""

import asyncio
import logging
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from chat.memory.holders import Holder
from chat.memory.words import INVISIBLE
from config.logging import mask
from integrations.providers.base import Passage

logger = logging.getLogger(__name__)

LONGEST_INPUT = 2000
LONGEST_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class ToolContext:
    """For whom a tool is used. `scope` and `without` narrow the knowledge base as in a search of the turn.

    `holder` is None for callers without identity. `said` are the person's own words: the question, then his earlier
    questions of the conversation; nothing that was stored or fetched is among them.
    """

    turn_id: UUID | None
    holder: Holder | None
    scope: str
    without: str
    language: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`text` is what the model gets, as data; `summary` a short line for people; `source` an address, or nothing."""

    text: str
    summary: str
    source: str = ""
    passages: list[Passage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool. `title` is for people; `purpose` and `input` tell the planner in English what it does and takes.

    `available` says without asking the database whether it may be used here; it is asked again when the tool is run.
    `run` has `seconds` and raises ToolFailed.
    """

    key: str
    title: Any
    purpose: str
    input: str
    run: Callable[[ToolContext, str], Awaitable[ToolResult]]
    available: Callable[[ToolContext], bool] = lambda context: True
    seconds: float = 20.0


class ToolFailed(Exception):
    """`code` is refused, unknown, input, timeout or failed; `text` says it in the language of the context."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


_specs: dict[str, ToolSpec] = {}


def register_tool(spec: ToolSpec) -> None:
    """Makes a tool known; raises ValueError when the key is taken by another one."""
    if _specs.setdefault(spec.key, spec) != spec:
        raise ValueError(f"there is another tool {spec.key!r}")


def tools_for(context: ToolContext) -> list[ToolSpec]:
    """The tools that may be used here, in the order in which they were registered."""
    return [spec for spec in _specs.values() if spec.available(context)]


def tool_list(context: ToolContext) -> str:
    """A line for each of them, in English; empty when there is none."""
    return "\n".join(f"- {spec.key}: {spec.purpose} Input: {spec.input}" for spec in tools_for(context))


def tool_titles() -> dict[str, str]:
    """All tools that there are, whether or not they may be used here: titles by key, in the active language."""
    return {key: str(spec.title) for key, spec in _specs.items()}


def tool_title(key: str) -> str:
    """What people call the tool, in the active language; the key of one that is no more."""
    spec = _specs.get(key)
    return str(spec.title) if spec else key


async def run_tool(context: ToolContext, key: str, value: Any) -> ToolResult:
    """Uses a tool; `value` is what a model asked for and may be anything. Raises ToolFailed and nothing else."""
    with override(context.language):
        spec = _allowed(context, key)
        words = _checked(value)
        try:
            async with asyncio.timeout(spec.seconds):
                return _limited(await spec.run(context, words))
        except TimeoutError as error:
            raise ToolFailed("timeout", _("It took too long.")) from error
        except ToolFailed:
            raise
        except Exception as error:
            # A tool that is broken costs its result, not the answer.
            logger.exception("the tool %s failed", key)
            raise ToolFailed("failed", _("Something went wrong on our side.")) from error


def _allowed(context: ToolContext, key: str) -> ToolSpec:
    spec = _specs.get(key)
    if spec is None:
        raise ToolFailed("unknown", _("There is no such tool."))
    if not spec.available(context):
        raise ToolFailed("refused", _("This tool cannot be used here."))
    return spec


def _checked(value: Any) -> str:
    words = visible(value).strip() if isinstance(value, str) else ""
    if not words:
        raise ToolFailed("input", _("The tool was given nothing to work on."))
    if len(words) > LONGEST_INPUT:
        raise ToolFailed("input", _("The tool was given too much text."))
    return words


def _limited(result: ToolResult) -> ToolResult:
    """Without secrets and invisible characters, and no longer than is allowed."""
    summary = " ".join(mask(visible(result.summary)).split())
    text = mask(visible(result.text))[: settings.TOOL_MAX_CHARACTERS]
    return replace(result, text=text, summary=summary[:LONGEST_SUMMARY], source=mask(visible(result.source)))


def visible(text: str) -> str:
    """The text without characters that nobody sees; line breaks stay."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in INVISIBLE)

"""Another look into the knowledge base and into what is remembered of the person."""

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chat.memory.index import Entry
from chat.memory.recall import recall_for
from chat.tools.registry import ToolContext, ToolResult, ToolSpec
from chat.turns.db import in_db
from integrations.providers.base import Passage
from knowledge.search import Filters, SearchResult, search

MOST_PASSAGES = 5


async def search_knowledge(context: ToolContext, value: str) -> ToolResult:
    passages = (await in_db(_passages, context, value)).passages
    if not passages:
        return ToolResult("", _("The knowledge base has nothing about it."))
    summary = ngettext("%(n)s passage was found.", "%(n)s passages were found.", len(passages))
    text = "\n\n".join(_passage(passage) for passage in passages)
    return ToolResult(text, summary % {"n": _count(len(passages))}, passages=passages)


def _passages(context: ToolContext, value: str) -> SearchResult:
    filters = Filters(without=context.without)
    return search(value, scope=context.scope, language=context.language, filters=filters, limit=MOST_PASSAGES)


def _passage(passage: Passage) -> str:
    return f"{passage.title} › {passage.heading}\n{passage.text}"


async def search_memory(context: ToolContext, value: str) -> ToolResult:
    memories = await in_db(_memories, context, value)
    if not memories:
        return ToolResult("", _("Nothing about it is remembered."))
    summary = ngettext("%(n)s memory was found.", "%(n)s memories were found.", len(memories))
    return ToolResult("\n".join(_memory(entry) for entry in memories), summary % {"n": _count(len(memories))})


def _memories(context: ToolContext, value: str) -> list[Entry]:
    return recall_for(context.holder, value, language=context.language).memories


def _memory(entry: Entry) -> str:
    return f"{entry.text} ({entry.category}, {entry.created_at.date().isoformat()})"


def _count(number: int) -> str:
    return str(formats.number_format(number, use_l10n=True))


def _is_remembered(context: ToolContext) -> bool:
    return context.holder is not None and bool(settings.MEMORY_ENABLED)


KNOWLEDGE = ToolSpec(
    key="knowledge",
    title=gettext_lazy("Knowledge base"),
    purpose="Searches the company's documents once more, with other words than the question's.",
    input="the words to search for.",
    run=search_knowledge,
)
MEMORY = ToolSpec(
    key="memory",
    title=gettext_lazy("Memory"),
    purpose="Looks up what is remembered of the person.",
    input="the words to look for.",
    run=search_memory,
    available=_is_remembered,
)

"""The parts that the assistant consists of, as they are described to whoever asks: clients call them organs.

Some keys are those of an older server whose clients may ask for them; what there is nothing for here says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.about.counting import CODE, EXTRACTIONS, LESSONS, MEMORIES, TOOL
from chat.about.facts import Facts
from chat.pipeline.choices import StepKind
from chat.tools.registry import tool_titles


@dataclass(frozen=True, slots=True)
class Organ:
    """A part. `uses` names the count of `counting.use_counts`; `works` says whether it can work as things are."""

    key: str
    name: Any
    file: str
    description: Any
    capabilities: tuple[Any, ...]
    uses: str
    works: Callable[[Facts], bool]


def _always(facts: Facts) -> bool:
    return True


def _never(facts: Facts) -> bool:
    return False


def _with_model(facts: Facts) -> bool:
    return facts.model


def _with_thought(facts: Facts) -> bool:
    return facts.thinks


PROMPTS, SWITCHES = "prompts", "switches"

PARTS = (
    Organ(
        "memory",
        _("Memory of people"),
        "chat/memory",
        _("Keeps what people tell the assistant about themselves, for each person alone, and recalls what fits."),
        (_("recall what fits a question"), _("forget what is of no use"), _("export and erase on demand")),
        MEMORIES,
        lambda facts: facts.memory,
    ),
    Organ(
        "analyzer",
        _("Analysis of questions"),
        "chat/pipeline",
        _("Finds out what kind of work a question is and how hard; small talk is told apart by rules alone."),
        (_("tell kinds of work apart"), _("judge how hard a question is")),
        StepKind.ANALYSIS,
        lambda facts: settings.ANSWER_PIPELINE,
    ),
    Organ(
        "planner",
        _("Planning"),
        "chat/pipeline",
        _("Lays out the steps of an answer and names the tools that they need."),
        (_("lay out steps"), _("choose tools")),
        StepKind.PLANNING,
        _with_thought,
    ),
    Organ(
        "executor",
        _("Writing of answers"),
        "chat/turns",
        _("Writes the answer, by a language model or, without one, from the knowledge base."),
        (_("stream answers"), _("go on with another model when one fails")),
        StepKind.EXECUTION,
        _always,
    ),
    Organ(
        "verifier",
        _("Judgement of answers"),
        "chat/pipeline",
        _("Reads an answer before it is given and has it mended when it is not good enough."),
        (_("judge answers from 1 to 10"), _("name what is wrong with them")),
        StepKind.VERIFICATION,
        _with_thought,
    ),
    Organ(
        "fact_extractor",
        _("Learning from conversations"),
        "chat/memory/extraction",
        _("Finds in a conversation what is worth remembering of the person."),
        (_("learn facts and wishes"), _("hold back what nobody said")),
        EXTRACTIONS,
        lambda facts: facts.memory and facts.model,
    ),
    Organ(
        "knowledge",
        _("Search of the knowledge base"),
        "knowledge/search",
        _("Finds passages of published documents that answer a question, by words and by meaning."),
        (_("search by words in any form"), _("search by meaning"), _("name the sources")),
        StepKind.RETRIEVAL,
        lambda facts: facts.knowledge,
    ),
    Organ(
        "web_search",
        _("Reading of web pages"),
        "chat/tools",
        _("Opens the pages whose addresses the person wrote. It asks no search engine: this server has none."),
        (_("read web pages and files that a person names"),),
        f"{TOOL}web",
        lambda facts: facts.web and facts.thinks,
    ),
    Organ(
        "code",
        _("Models for program code"),
        "integrations/services",
        _("Questions about program code go to models that are meant for it."),
        (_("write and explain program code"),),
        CODE,
        _with_model,
    ),
    Organ(
        "experience",
        _("Experience of answers"),
        "chat/experience",
        _("Remembers how good answers were, people's own ratings above all, and draws lessons for the next ones."),
        (_("draw lessons"), _("know strengths and weaknesses")),
        LESSONS,
        _always,
    ),
    Organ(
        "ui_code",
        _("Maker of mini-pages"),
        "chat/artifacts",
        _("Makes small pages with forms, games and figures, which run sealed off from everything else."),
        (_("fill templates"), _("write pages of its own")),
        StepKind.GENERATION,
        _always,
    ),
    Organ(
        "model_manager",
        _("Care for local models"),
        "integrations/ollama",
        _("Sees to it that the models of an Ollama server share its memory."),
        (_("load and unload models"),),
        SWITCHES,
        lambda facts: facts.ollama,
    ),
    Organ(
        "prompt_evolution",
        _("Prompts and their versions"),
        "chat/prompts",
        _("People of the house rewrite what models are told, compare versions on saved questions and can go back."),
        (_("keep versions"), _("compare two versions")),
        PROMPTS,
        _always,
    ),
)
# Tools that the parts above do not tell of, where more than a plan is needed.
TOOL_WORKS: dict[str, Callable[[Facts], bool]] = {
    "knowledge": lambda facts: facts.thinks and facts.knowledge,
    "memory": lambda facts: facts.thinks and facts.memory,
}
ABSENT = tuple(
    Organ(key, name, "", _("This server has no such part: its program is changed by its makers alone."), (), "", _never)
    for key, name in (
        ("cell_factory", _("Growing of new parts")),
        ("cell_loader", _("Loading of new parts")),
        ("evolution_manager", _("Changing its own program")),
        ("finetuning", _("Training of models")),
    )
)


def all_organs() -> list[Organ]:
    """The parts, the tools that apps have registered, and what there is nothing for."""
    told = {organ.uses for organ in PARTS}
    return [*PARTS, *(_tool(key, title) for key, title in tool_titles().items() if TOOL + key not in told), *ABSENT]


def _tool(key: str, title: str) -> Organ:
    text = _("A tool that an answer uses when its plan asks for it.")
    return Organ(f"tool_{key}", title, "chat/tools", text, (), TOOL + key, TOOL_WORKS.get(key, _with_thought))

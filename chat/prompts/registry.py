"""The prompts that the product has. Modules declare theirs when they are imported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat.prompts.template import pieces
from integrations.providers.base import ChatMessage, Passage

if TYPE_CHECKING:
    from chat.prompts.live import LivePrompts

MAX_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that is put in place of `{name}`; a text without a required one is refused."""

    name: str
    meaning: Any
    required: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A saved question with what the knowledge base says to it."""

    text: str
    language: str
    passages: Sequence[Passage] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """How a prompt is tried out on a saved question.

    `messages` is what the model gets, with the texts that `LivePrompts` holds. `scope` is the audience whose documents
    are searched, as visitors' questions are; None searches nothing.
    """

    messages: "Callable[[LivePrompts, Asked], list[ChatMessage]]"
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """A prompt of the product. `title`, `purpose` and the meanings of variables are for staff.

    `text` is the shipped one, version 0. Without `trial` it cannot be compared on questions.
    """

    key: str
    title: Any
    purpose: Any
    text: str
    variables: tuple[Variable, ...] = ()
    max_length: int = MAX_LENGTH
    trial: Trial | None = None

    @property
    def required(self) -> list[str]:
        return [variable.name for variable in self.variables if variable.required]

    @property
    def names(self) -> set[str]:
        return {variable.name for variable in self.variables}

    def fits(self, text: str) -> bool:
        """Whether the text can be used: all its variables are known, none is missing, no brace is stray."""
        found = pieces(text)
        used = {piece.text for piece in found if piece.kind == "variable"}
        stray = any(piece.kind == "stray" for piece in found)
        return not stray and used <= self.names and used.issuperset(self.required)


class UnknownPrompt(LookupError):
    """No module has declared a prompt with this key."""


_specs: dict[str, PromptSpec] = {}


def declare(
    key: str,
    *,
    title: Any,
    purpose: Any,
    text: str,
    variables: Sequence[Variable] = (),
    max_length: int = MAX_LENGTH,
    trial: Trial | None = None,
) -> PromptSpec:
    """Makes a prompt known; raises ValueError when its own text does not fit its variables, or the key is taken."""
    spec = PromptSpec(key, title, purpose, text.strip(), tuple(variables), max_length, trial)
    if not spec.fits(spec.text) or len(spec.text) > max_length:
        raise ValueError(f"the shipped text of the prompt {key!r} does not fit its declaration")
    if key in _specs and _specs[key].text != spec.text:
        raise ValueError(f"there is another prompt {key!r}")
    _specs[key] = spec
    return spec


def spec_of(key: str) -> PromptSpec:
    """Raises UnknownPrompt."""
    try:
        return _specs[key]
    except KeyError:
        raise UnknownPrompt(key) from None


def specs() -> dict[str, PromptSpec]:
    """All prompts by key, in the order in which they were declared."""
    return dict(_specs)

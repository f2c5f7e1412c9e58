"""The texts in use. They are needed on the way to the first token: one query for all of them, once a second."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from chat.prompts.registry import spec_of, specs
from chat.prompts.template import substitute
from integrations.remember import remembered

logger = logging.getLogger(__name__)

SHIPPED = 0


@dataclass(frozen=True, slots=True)
class ActivePrompt:
    """A text in use; version 0 is the shipped one.

    `unfit` is the number of the version that staff chose and that no longer fits the prompt's variables, which is why
    the shipped text is used; else 0.
    """

    key: str
    text: str
    version: int = SHIPPED
    unfit: int = 0


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a model is told, and which version said it."""

    text: str
    version: int


class LivePrompts:
    """The texts in use at one moment. Asks no database, so that event loops can use it."""

    def __init__(self, chosen: Mapping[str, ActivePrompt]) -> None:
        self._chosen = chosen

    def get(self, key: str) -> ActivePrompt:
        """Raises UnknownPrompt."""
        return self._chosen.get(key) or ActivePrompt(key, spec_of(key).text)

    def render(self, key: str, **variables: str) -> Rendered:
        """The text in use with its variables filled in; optional ones that are not given are empty.

        Raises UnknownPrompt, and TypeError for a variable that the prompt lacks or needs.
        """
        spec, prompt = spec_of(key), self.get(key)
        wrong = sorted(variables.keys() - spec.names) or sorted(set(spec.required) - variables.keys())
        if wrong:
            raise TypeError(f"the prompt {key!r} has no variable, or needs one: {', '.join(wrong)}")
        values = dict.fromkeys(spec.names, "") | variables
        return Rendered(substitute(prompt.text, values), prompt.version)

    def reference(self, key: str) -> dict[str, object]:
        """What metadata says about it: `{"key", "version"}`."""
        return {"key": key, "version": self.get(key).version}

    def trying(self, key: str, text: str) -> "LivePrompts":
        """The same with another text for one prompt."""
        return LivePrompts({**self._chosen, key: ActivePrompt(key, text)})


def live_prompts() -> LivePrompts:
    """The texts that staff have chosen, at most REMEMBER_SECONDS old; one query."""
    return remembered(("prompts",), _find)


def prompt_for(key: str) -> ActivePrompt:
    return live_prompts().get(key)


def render(key: str, **variables: str) -> Rendered:
    """See LivePrompts.render; for code that may ask the database."""
    return live_prompts().render(key, **variables)


def _find() -> LivePrompts:
    from chat.prompts.models import Prompt

    rows = Prompt.objects.filter(live__isnull=False).values_list("key", "live__number", "live__text")
    known = specs()
    return LivePrompts({key: _active(key, number, text) for key, number, text in rows if key in known})


def _active(key: str, number: int, text: str) -> ActivePrompt:
    spec = spec_of(key)
    if spec.fits(text):
        return ActivePrompt(key, text, number)
    _tell_once(key, number)
    return ActivePrompt(key, spec.text, unfit=number)


@lru_cache(maxsize=100)
def _tell_once(key: str, number: int) -> None:
    logger.error("version %s of the prompt %s does not fit its variables; the shipped text is used", number, key)

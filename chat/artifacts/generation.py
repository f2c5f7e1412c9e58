"""Making a page: a template with data, or a page of a model's own. Nothing is stored here."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chat.artifacts import writing
from chat.artifacts.catalog import FIRST, TEMPLATES
from chat.artifacts.checking import printable
from chat.artifacts.choosing import choose_template
from chat.artifacts.composing import script_text, style_text
from chat.artifacts.limits import TITLE_LENGTH
from integrations.budgets.limits import BudgetExceeded
from integrations.calls.chain import Total
from integrations.calls.structured import JsonAnswer
from integrations.providers.base import Usage
from integrations.providers.errors import ACCOUNT_FAULTS, ProviderError
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route, chain_for
from integrations.services.usage import Caller

ROLE = "code"
PURPOSE = "artifact"
NOTHING = Total(Usage(0, 0), Decimal(0), False)
# The model's server has not answered at all: a template stands in, and that is said.
NO_ANSWER = ACCOUNT_FAULTS | {"circuit_open", "model_not_found", "unsupported"}


class GeneratorFailed(Exception):
    """A model answered, but there is no page; `code` is the ProviderError's."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no page was made: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """What page is wanted. Without `template` the task's words decide; `data` fits the template's schema."""

    task: str
    language: str
    template: str = ""
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A page that is not stored yet. `degraded` says why no model had a hand in it, or another one than wanted."""

    wish: Wish
    title: str
    html: str
    css: str
    js: str
    template: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    route: Route | None = None
    degraded: str = ""
    total: Total = NOTHING


def page_routes() -> list[Route]:
    """The models to ask for a page, in order; local answers quote texts and write none."""
    return [route for route in chain_for(ROLE) if route.model_key != LOCAL_ANSWERS]


async def generate(wish: Wish, routes: list[Route], caller: Caller) -> Draft:
    """The page for the wish; raises BudgetExceeded and GeneratorFailed.

    Whoever cancels it stops the model. No database is asked by this coroutine itself.
    """
    key = wish.template or choose_template(wish.task)
    if wish.data is not None or not routes:
        return _from_template(wish, key or FIRST, data=wish.data, degraded="" if wish.data is not None else "no_model")
    try:
        if key:
            answer = await writing.fill(TEMPLATES[key], wish.task, routes, caller, language=wish.language)
            return _from_template(wish, key, data=answer.data, answer=answer)
        return _from_model(wish, await writing.write(wish.task, routes, caller, language=wish.language))
    except BudgetExceeded:
        raise
    except ProviderError as error:
        if not key and error.code not in NO_ANSWER:
            raise GeneratorFailed(error.code) from error
        degraded = "provider_down" if error.code in NO_ANSWER else error.code
        return _from_template(wish, key or FIRST, degraded=degraded)


def _from_template(
    wish: Wish,
    key: str,
    *,
    data: dict[str, Any] | None = None,
    answer: JsonAnswer | None = None,
    degraded: str = "",
) -> Draft:
    template = TEMPLATES[key]
    shown = _printable(data) if data is not None else template.defaults(wish.language)
    return Draft(
        wish=wish,
        title=shown["title"][:TITLE_LENGTH],
        html=template.markup(shown, language=wish.language),
        css=style_text(template.css),
        js=script_text(template.js),
        template=key,
        data=shown,
        route=answer.route if answer else None,
        degraded=_degraded(answer.route) if answer else degraded,
        total=answer.total if answer else NOTHING,
    )


def _from_model(wish: Wish, answer: JsonAnswer) -> Draft:
    page = _printable(answer.data)
    return Draft(
        wish=wish,
        title=page["title"].strip()[:TITLE_LENGTH] or wish.task[:TITLE_LENGTH],
        html=page["html"],
        css=style_text(page["css"]),
        js=script_text(page["js"]),
        route=answer.route,
        degraded=_degraded(answer.route),
        total=answer.total,
    )


def _degraded(route: Route) -> str:
    """Only a substitute for a model that failed; which model the role `code` falls to is nobody's loss."""
    return route.degraded if route.degraded == "fallback" else ""


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(entry) for entry in value]
    return {key: _printable(entry) for key, entry in value.items()} if isinstance(value, dict) else value

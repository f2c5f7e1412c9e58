"""Answers as JSON that fits a schema, whether or not the model has a mode for that."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jsonschema

from integrations.calls.chain import Prepare, Total
from integrations.calls.whole import Answer, complete
from integrations.choices import Capability
from integrations.providers.base import ChatMessage, CompletionRequest, OutputSchema
from integrations.providers.errors import ProviderError
from integrations.services.routing import Route
from integrations.services.usage import Caller

FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
INSTRUCTION = """Answer with one JSON value that fits this JSON schema, and with nothing else: no words around it, no
code fence.
"""
REPAIR = """That is not what was asked for: {problem}
Answer again with one JSON value that fits the schema, and with nothing else."""
PROBLEM_LENGTH = 500


class InvalidOutput(ProviderError):
    """The model gave no JSON that fits, also when told what was wrong.

    `raw` is its last answer, `total` what all answers took.
    """

    def __init__(self, problem: str, raw: str, total: Total | None = None) -> None:
        super().__init__("invalid_output", "The model did not keep to the asked form.", permanent=False)
        self.problem = problem
        self.raw = raw
        self.total = total


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """The validated value, which model gave it, and what all attempts took; `calls` is 2 when it was mended."""

    data: Any
    route: Route
    total: Total
    calls: int = 1


async def complete_json(
    routes: Sequence[Route],
    prepare: Prepare,
    caller: Caller,
    *,
    schema: OutputSchema,
    seconds: float | None = None,
    check: Callable[[Any], str] | None = None,
    other_form: Callable[[str], Any] | None = None,
) -> JsonAnswer:
    """A value that fits `schema`; raises InvalidOutput after one repair, or another ProviderError.

    `seconds` limits each of the two answers. `check` says what a schema cannot: what is wrong with a value that fits,
    in words for the model. `other_form` makes the value of an answer that is no JSON, or None.
    """
    first = await complete(routes, partial(_asking, prepare, schema), caller, seconds=seconds)
    data, problem = read(first, schema, check, other_form)
    if not problem:
        return JsonAnswer(data, first.route, first.total)
    again = partial(_asking_again, prepare, schema, first.completion.text, problem)
    second = await complete([first.route], again, caller, seconds=seconds)
    data, problem = read(second, schema, check, other_form)
    if problem:
        raise InvalidOutput(problem, second.completion.text, first.total + second.total)
    return JsonAnswer(data, second.route, first.total + second.total, calls=2)


def read(
    answer: Answer,
    schema: OutputSchema,
    check: Callable[[Any], str] | None = None,
    other_form: Callable[[str], Any] | None = None,
) -> tuple[Any, str]:
    """The value, and what is wrong with it; raises ProviderError for a refusal, which no repair would change."""
    completion = answer.completion
    if completion.reason == "refusal":
        raise ProviderError("refused", "The model declined to answer.", permanent=True)
    if completion.reason == "length":
        return None, "the answer was cut off at its longest length: make it shorter"
    fence = FENCE.match(completion.text)
    try:
        value = json.loads(fence[1] if fence else completion.text)
    except (ValueError, RecursionError) as error:
        value = other_form(completion.text) if other_form else None
        if value is None:
            return None, f"it is not JSON ({error})"
    problem = _violation(value, schema)
    return value, problem or (check(value)[:PROBLEM_LENGTH] if check else "")


def _violation(value: Any, schema: OutputSchema) -> str:
    validator = jsonschema.validators.validator_for(schema.schema, default=jsonschema.Draft202012Validator)
    error = jsonschema.exceptions.best_match(validator(schema.schema).iter_errors(value))
    return f"{error.message} at {error.json_path}"[:PROBLEM_LENGTH] if error else ""


def _asking(prepare: Prepare, schema: OutputSchema, route: Route) -> CompletionRequest:
    """In the provider's own way where the model has one, else by instruction."""
    request = prepare(route)
    if route.row is not None and route.row.can(Capability.JSON_SCHEMA):
        return replace(request, schema=schema)
    text = INSTRUCTION + json.dumps(schema.schema, ensure_ascii=False)
    return replace(request, messages=[ChatMessage("system", text), *request.messages])


def _asking_again(prepare: Prepare, schema: OutputSchema, text: str, problem: str, route: Route) -> CompletionRequest:
    request = _asking(prepare, schema, route)
    told = [ChatMessage("assistant", text or "…"), ChatMessage("user", REPAIR.format(problem=problem))]
    return replace(request, messages=[*request.messages, *told])

"""One answer of a comparison: as the product would give it, with the compared text in its place."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from chat.prompts.choices import AnswerState, Side
from chat.prompts.comparing.db import in_db
from chat.prompts.live import LivePrompts, live_prompts
from chat.prompts.models import ComparedQuestion, PromptAnswer, PromptComparison
from chat.prompts.registry import Asked, PromptSpec, Trial
from chat.turns.job import find_passages
from integrations.calls.chain import ModelCall
from integrations.providers.base import Completion, CompletionRequest, Passage, ProviderError, collect
from integrations.services.routing import Route
from integrations.services.usage import Caller

logger = logging.getLogger(__name__)

PURPOSE = "prompt_test"
ANSWER_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What all answers of a comparison have in common."""

    trial: Trial
    routes: Sequence[Route]
    caller: Caller
    sides: dict[str, LivePrompts]


def setting_of(comparison: PromptComparison, spec: PromptSpec, trial: Trial, routes: Sequence[Route]) -> Setting:
    live = live_prompts()
    sides = {
        str(Side.A): live.trying(spec.key, comparison.text_a),
        str(Side.B): live.trying(spec.key, comparison.text_b),
    }
    return Setting(trial, routes, Caller(comparison.started_by, purpose=PURPOSE), sides)


async def outcome_of(answer: PromptAnswer, setting: Setting) -> dict[str, Any]:
    """The values of the answer's row once it is over, whatever happened."""
    begun, call = time.monotonic(), ModelCall(setting.routes, setting.caller)
    try:
        asked = await in_db(asked_with_passages, answer.asked, setting.trial.scope)
        async with asyncio.timeout(ANSWER_SECONDS):
            completion = await _complete(call, setting, asked, answer.side)
        ended = _ended(completion)
    except ProviderError as error:
        ended = {"state": AnswerState.FAILED, "error": error.code}
    except TimeoutError:
        ended = {"state": AnswerState.FAILED, "error": "timeout"}
    except Exception:  # noqa: BLE001 - one answer that cannot be had does not hold up the others; the log has why
        logger.exception("answer %s of a comparison failed", answer.pk)
        ended = {"state": AnswerState.FAILED, "error": "internal"}
    return ended | _took(call) | {"duration_ms": round((time.monotonic() - begun) * 1000)}


async def _complete(call: ModelCall, setting: Setting, asked: Asked, side: str) -> Completion:
    messages = setting.trial.messages(setting.sides[side], asked)
    async with aclosing(call.stream(partial(_request, messages, asked))) as events:
        return await collect(events)


def _request(messages: Any, asked: Asked, route: Route) -> CompletionRequest:
    return CompletionRequest(
        model=route.model_name,
        messages=messages,
        language=asked.language,
        passages=asked.passages,
        degraded=route.degraded,
        max_tokens=route.row.max_output_tokens if route.row else 4096,
    )


def _ended(completion: Completion) -> dict[str, Any]:
    """A model that declines in words has answered; PostgreSQL stores no NUL."""
    text = (completion.text or completion.refusal).replace("\0", "")[: settings.ANSWER_MAX_LENGTH]
    if not text.strip():
        return {"state": AnswerState.FAILED, "error": "empty_answer"}
    return {"state": AnswerState.DONE, "text": text, "error": ""}


def _took(call: ModelCall) -> dict[str, Any]:
    total = call.total
    return {
        "model_key": call.route.model_key,
        "input_tokens": total.usage.input_tokens,
        "output_tokens": total.usage.output_tokens,
        "estimated": total.estimated,
        "cost": total.cost,
    }


# Passages


def asked_with_passages(row: ComparedQuestion, scope: str | None) -> Asked:
    """What the knowledge base says is looked up once, so that both sides read the same."""
    if scope is None:
        return Asked(row.text, row.language)
    if row.passages is None:
        found = [_kept(passage) for passage in find_passages(row.text, row.language, scope=scope).passages]
        ComparedQuestion.objects.filter(pk=row.pk, passages__isnull=True).update(passages=found)
        row.refresh_from_db(fields=["passages"])
    return Asked(row.text, row.language, [_passage(kept, row.language) for kept in row.passages or ()])


def _kept(passage: Passage) -> dict[str, Any]:
    return {
        "document": passage.document,
        "title": passage.title,
        "heading": passage.heading,
        "text": passage.text,
        "url": passage.url,
    }


def _passage(kept: dict[str, Any], language: str) -> Passage:
    return Passage(**kept, score=0.0, language=language)

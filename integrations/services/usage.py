"""The ledger of calls to providers."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from integrations.choices import CallOutcome
from integrations.models import AIModel, UsageRecord
from integrations.providers.base import Usage
from integrations.services.routing import Route

MILLION = Decimal(1_000_000)
CYRILLIC = re.compile(r"[\u0400-\u04ff]")


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a model is asked, and what for. Without `user` it is a visitor or the product itself."""

    user: Any = None
    turn_id: UUID | None = None
    purpose: str = "answer"
    visitor: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call: what it took and how it ended. Times in milliseconds."""

    route: Route
    usage: Usage
    estimated: bool
    first_token_ms: int | None
    duration_ms: int
    outcome: str
    error_code: str = ""
    attempt: int = 1

    @property
    def cost(self) -> Decimal:
        return cost_of(self.route.row, self.usage)


@dataclass(slots=True)
class TokenCount:
    """A rough count for providers that report none: 4 Latin or 2.5 Cyrillic characters a token."""

    characters: int = 0
    cyrillic: int = 0

    def add(self, text: str) -> None:
        self.characters += len(text)
        if not text.isascii():
            self.cyrillic += len(CYRILLIC.findall(text))

    @property
    def tokens(self) -> int:
        return round(self.cyrillic / 2.5 + (self.characters - self.cyrillic) / 4)


def estimate_tokens(text: str) -> int:
    count = TokenCount()
    count.add(text)
    return count.tokens


def cost_of(model: AIModel | None, usage: Usage) -> Decimal:
    """USD for the call; zero for a model without a row, whose price nobody has told us."""
    if model is None:
        return Decimal(0)
    spent = model.input_price * usage.input_tokens + model.output_price * usage.output_tokens
    return (spent / MILLION).quantize(Decimal("0.00000001"))


def open_record(record_id: UUID, route: Route, caller: Caller, *, prompt_tokens: int, attempt: int) -> None:
    """The row of a call that is about to be made; see `close_record`."""
    UsageRecord.objects.create(
        pk=record_id,
        **_asked(route, caller, attempt),
        input_tokens=prompt_tokens,
        estimated=True,
        outcome=CallOutcome.RUNNING,
    )


def close_record(record_id: UUID, call: Call) -> bool:
    """False when the call was taken for lost and its row was closed without it."""
    return bool(UsageRecord.objects.filter(pk=record_id, outcome=CallOutcome.RUNNING).update(**_took(call)))


def record_call(call: Call, caller: Caller) -> UsageRecord:
    """The row of a call that nobody has to account for while it runs."""
    return UsageRecord.objects.create(**_asked(call.route, caller, call.attempt), **_took(call))


def _asked(route: Route, caller: Caller, attempt: int) -> dict[str, Any]:
    return {
        "provider_key": route.provider_key,
        "model_key": route.model_key,
        "role": route.role,
        "attempt": attempt,
        "own_key": route.own_key,
        "user": caller.user,
        "turn_id": caller.turn_id,
        "purpose": caller.purpose,
    }


def _took(call: Call) -> dict[str, Any]:
    return {
        "input_tokens": call.usage.input_tokens,
        "output_tokens": call.usage.output_tokens,
        "estimated": call.estimated,
        "cost": call.cost,
        "first_token_ms": call.first_token_ms,
        "duration_ms": call.duration_ms,
        "outcome": call.outcome,
        "error_code": call.error_code,
    }

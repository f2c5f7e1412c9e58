"""What happened in a turn, stage by stage, while it happens."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.pipeline.choices import StepKind
from chat.pipeline.models import TurnStep
from integrations.calls.chain import Total
from integrations.providers.base import Usage
from integrations.providers.errors import ProviderError
from integrations.services.routing import Route

NOTHING = Total(Usage(0, 0), Decimal(0), False)
LONGEST_PROMPT = 20_000
# Of an answer that was not given.
LONGEST_ANSWER = 20_000


@dataclass(slots=True)
class Step:
    """A stage: which model was asked, what it took, and what came of it; see TurnStep."""

    kind: StepKind
    attempt: int
    started_at: datetime
    duration_ms: int = 0
    route: Route | None = None
    calls: int = 0
    total: Total = NOTHING
    prompt: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    error_code: str = ""

    def took(self, route: Route, total: Total, calls: int) -> None:
        self.route, self.total, self.calls = route, total, calls


class StepLog:
    """The stages of one turn, in order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @contextmanager
    def step(self, kind: StepKind, *, attempt: int = 1) -> Iterator[Step]:
        """A stage that lasts as long as the block, also when it fails."""
        begun = time.monotonic()
        step = Step(kind, attempt, timezone.now())
        self.steps.append(step)
        try:
            yield step
        except ProviderError as error:
            step.error_code = error.code
            raise
        except asyncio.CancelledError:
            step.error_code = "stopped"
            raise
        finally:
            step.duration_ms = round((time.monotonic() - begun) * 1000)

    @property
    def total(self) -> Total:
        return sum((step.total for step in self.steps), NOTHING)

    def rows(self, turn_id: UUID) -> list[TurnStep]:
        return [
            TurnStep(
                turn_id=turn_id,
                number=number,
                kind=step.kind,
                attempt=step.attempt,
                started_at=step.started_at,
                duration_ms=step.duration_ms,
                provider_key=step.route.provider_key if step.route else "",
                model_key=step.route.model_key if step.route else "",
                calls=step.calls,
                input_tokens=step.total.usage.input_tokens,
                output_tokens=step.total.usage.output_tokens,
                usage_estimated=step.total.estimated,
                cost=step.total.cost,
                prompt=step.prompt.replace("\x00", "")[:LONGEST_PROMPT],
                data=step.data,
                error_code=step.error_code[:50],
            )
            for number, step in enumerate(self.steps, 1)
        ]

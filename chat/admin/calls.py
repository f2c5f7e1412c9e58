"""The calls to models that a turn took, by the ledger."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from chat.pipeline.choices import StepKind
from config.backoffice.display import count, duration, money
from integrations.admin.usage import OUTCOME_COLOURS
from integrations.choices import CallOutcome
from integrations.models import UsageRecord


@dataclass(frozen=True, slots=True)
class Call:
    """A row of the ledger; `url` opens it."""

    purpose: str
    model: str
    tokens: str
    cost: str
    time: str
    outcome: str
    colour: str
    error: str
    url: str


def calls_of(turn: Any, *, reader: Any) -> list[Call]:
    """In their order; one query. None for staff who may not read the ledger."""
    if not reader.has_perm("integrations.view_usagerecord"):
        return []
    return [_call(row) for row in UsageRecord.objects.filter(turn_id=turn.pk).order_by("created_at", "attempt")]


def _call(row: UsageRecord) -> Call:
    tokens = f"{count(row.input_tokens)} / {count(row.output_tokens)}"
    is_running = row.outcome == CallOutcome.RUNNING
    return Call(
        purpose=_purpose(row.purpose),
        model=row.model_key,
        tokens=f"≈ {tokens}" if row.estimated else tokens,
        cost="–" if is_running else money(row.cost),
        time="–" if is_running else duration(row.duration_ms),
        outcome=str(CallOutcome(row.outcome).label),
        colour=OUTCOME_COLOURS[CallOutcome(row.outcome)],
        error=row.error_code,
        url=reverse("admin:integrations_usagerecord_change", args=[row.pk]),
    )


def _purpose(key: str) -> str:
    if key in StepKind.values:
        return str(StepKind(key).label)
    named = {"answer": _("Answer"), "artifact": StepKind.GENERATION.label, "memory": _("Learning from conversations")}
    return str(named.get(key, key))

"""What was decided about a mail, before anybody asks what may be done with it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tickets.choices import AnswerKind, Decision, TriageSource


@dataclass(frozen=True, slots=True)
class Proposal:
    """`confidence` is what the decider says, 0..1. `draft` is empty where there is nothing to say to the customer."""

    decision: Decision
    source: TriageSource
    full_name: str = ""
    issue_summary: str = ""
    draft: str = ""
    reason: str = ""
    confidence: float | None = None
    evidence: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    degraded: str = ""
    kind: AnswerKind = AnswerKind.ANSWER
    provider_key: str = ""
    model_key: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)

"""What of the outbox needs a person: the same figures for landing page, badge, health and metrics."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from integrations.outbox.choices import DeliveryState
from integrations.outbox.models import Delivery
from integrations.outbox.querysets import held_condition


@dataclass(frozen=True, slots=True)
class Figure:
    """How many, and since when; `since` is None without any."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Attention:
    """`dead` were given up, `uncertain` may have arrived, `held` lack a set-up, `late` nobody has picked up."""

    dead: Figure
    uncertain: Figure
    held: Figure
    late: Figure

    @property
    def total(self) -> int:
        return self.dead.count + self.uncertain.count + self.held.count + self.late.count


def attention(now: datetime) -> Attention:
    """One query."""
    found = Delivery.objects.attention(now)
    figures = {name: Figure(found[name], found[f"{name}_since"]) for name in ("dead", "uncertain", "held", "late")}
    return Attention(**figures)


def held_by_reason() -> dict[str, Figure]:
    held = Delivery.objects.filter(held_condition()).order_by()
    rows = held.values_list("held_for").annotate(Count("pk"), Min("created_at"))
    return {reason: Figure(count, since) for reason, count, since in rows}


def lag_seconds(now: datetime) -> dict[str, float]:
    """By kind, for how long the oldest message that could go out has been waiting for a worker."""
    due = Delivery.objects.due(now).filter(held_for="").order_by()
    oldest: Any = due.values_list("kind").annotate(Min("next_attempt_at"))
    return {kind: (now - since).total_seconds() for kind, since in oldest}


def count_by_kind_and_state() -> dict[tuple[str, str], int]:
    rows = Delivery.objects.order_by().values_list("kind", "state").annotate(Count("pk"))
    return {(kind, DeliveryState(state).value): count for kind, state, count in rows}

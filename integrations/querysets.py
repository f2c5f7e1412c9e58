from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from integrations.choices import CallOutcome, ModelKind

if TYPE_CHECKING:
    from integrations.models import AIModel, UsageRecord  # noqa: F401 - named in strings below


class AIModelQuerySet(models.QuerySet["AIModel"]):
    def usable(self, kind: str = ModelKind.CHAT) -> "AIModelQuerySet":
        """Enabled models of enabled providers that answer (or make vectors), the default one first."""
        return self.filter(enabled=True, provider__enabled=True, kind=kind).order_by("priority", "key")


class UsageQuerySet(models.QuerySet["UsageRecord"]):
    def ended(self) -> "UsageQuerySet":
        """Calls that are over: their figures stay as they are."""
        return self.exclude(outcome=CallOutcome.RUNNING)

    def per_day_and_model(self) -> Any:
        """Rows `{day, model_key, calls, tokens_in, tokens_out, spent}`, by day, then model; `spent` in USD."""
        return (
            self.annotate(day=TruncDate("created_at"))
            .values("day", "model_key")
            .annotate(
                calls=Count("id"), tokens_in=Sum("input_tokens"), tokens_out=Sum("output_tokens"), spent=Sum("cost")
            )
            .order_by("day", "model_key")
        )

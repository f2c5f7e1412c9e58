from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from chat.memory.choices import RECALLED, ExtractionState, Validation
from chat.memory.holders import Holder, holder_of

if TYPE_CHECKING:
    from chat.memory.models import Memory, MemoryExtraction  # noqa: F401 - named in strings below


class MemoryQuerySet(models.QuerySet["Memory"]):
    def visible_to(self, actor: Any) -> "MemoryQuerySet":
        """A person's or a visitor's own; a caller without identity has none."""
        holder = holder_of(actor)
        return self.of(holder) if holder else self.none()

    def of(self, holder: Holder) -> "MemoryQuerySet":
        return self.filter(**holder.fields)

    def kept(self) -> "MemoryQuerySet":
        """Without those that somebody has rejected: these stay only so that they are not learned again."""
        return self.exclude(validation=Validation.REJECTED)

    def recalled(self) -> "MemoryQuerySet":
        return self.filter(validation__in=RECALLED)

    def without_vector(self, encoder: str, now: datetime) -> "MemoryQuerySet":
        """Those that another encoder, or none, has made a vector of, and on which nobody works."""
        other = Q(encoder__lt=encoder) | Q(encoder__gt=encoder)
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.filter(other, free)


class ExtractionQuerySet(models.QuerySet["MemoryExtraction"]):
    def due(self, now: datetime) -> "ExtractionQuerySet":
        """Those whose time has come, and those whose worker died."""
        waiting = Q(state=ExtractionState.PENDING, next_at__lte=now)
        return self.filter(waiting | Q(state=ExtractionState.RUNNING, lease_until__lt=now))

    def of(self, holder: Holder) -> "ExtractionQuerySet":
        return self.filter(**{f"turn__conversation__{name}": value for name, value in holder.fields.items()})

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from chat.prompts.choices import UNFINISHED, AnswerState
from chat.prompts.registry import specs

if TYPE_CHECKING:
    from chat.prompts.models import Prompt, PromptComparison  # noqa: F401 - named in strings below

FINISHED_ANSWERS = (AnswerState.DONE, AnswerState.FAILED)


def may(actor: Any, permission: str) -> bool:
    """Whether it is a member of staff with this permission."""
    return isinstance(actor, User) and actor.is_active and actor.is_staff and actor.has_perm(permission)


class PromptQuerySet(models.QuerySet["Prompt"]):
    def visible_to(self, actor: Any) -> "PromptQuerySet":
        """Prompts belong to the house: staff who may view them see those that the product has."""
        allowed = may(actor, "chat.view_prompt") or may(actor, "chat.change_prompt")
        return self.filter(key__in=specs()) if allowed else self.none()

    def with_newest(self) -> "PromptQuerySet":
        """Annotates `newest`: the number of the last version, 0 when staff have written none."""
        return self.annotate(newest=Coalesce(Max("versions__number"), 0))


class ComparisonQuerySet(models.QuerySet["PromptComparison"]):
    def visible_to(self, actor: Any) -> "ComparisonQuerySet":
        allowed = may(actor, "chat.view_promptcomparison") or may(actor, "chat.change_promptcomparison")
        return self if allowed else self.none()

    def unfinished(self) -> "ComparisonQuerySet":
        return self.filter(state__in=UNFINISHED)

    def free(self) -> "ComparisonQuerySet":
        """Unfinished ones on which no worker works."""
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now()))

    def with_progress(self) -> "ComparisonQuerySet":
        """Annotates `all_answers`, `done_answers` and `cost` (USD)."""
        from chat.prompts.models import PromptAnswer

        mine = PromptAnswer.objects.filter(asked__comparison=OuterRef("pk")).order_by().values("asked__comparison")
        ended = Count("pk", filter=Q(state__in=FINISHED_ANSWERS))
        return self.annotate(
            all_answers=Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0),
            done_answers=Coalesce(Subquery(mine.annotate(n=ended).values("n")), 0),
            cost=Coalesce(Subquery(mine.annotate(n=Sum("cost")).values("n")), Decimal(0)),
        )

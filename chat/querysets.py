from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum

from accounts.models import AnonymousSubscriber, User
from chat.choices import TurnState

if TYPE_CHECKING:
    from chat.models import Conversation, Turn  # noqa: F401 - named in strings below


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, actor: Any) -> "ConversationQuerySet":
        """A person's or a visitor's own conversations; for a caller without identity the shared ones."""
        if isinstance(actor, User):
            return self.filter(owner=actor) if actor.is_active else self.none()
        if isinstance(actor, AnonymousSubscriber):
            return self.filter(visitor=actor)
        return self.filter(owner__isnull=True, visitor__isnull=True)

    def with_totals(self) -> "ConversationQuerySet":
        """Annotates what lists show: messages, tokens, cost, the last model and first-token time."""
        from chat.models import Turn

        last_turn = Turn.objects.filter(conversation=OuterRef("pk")).order_by("-created_at")
        totals = Turn.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
        return self.annotate(
            turn_count=Subquery(totals.annotate(n=Count("id")).values("n")),
            tokens=Subquery(totals.annotate(n=Sum("input_tokens") + Sum("output_tokens")).values("n")),
            cost=Subquery(totals.annotate(n=Sum("cost")).values("n")),
            last_model=Subquery(last_turn.values("model_key")[:1]),
            last_state=Subquery(last_turn.values("state")[:1]),
            first_token_ms=Subquery(last_turn.values("first_token_ms")[:1]),
        )


def is_visible_to(actor: Any, owner_id: int | None, visitor_id: UUID | None) -> bool:
    """`ConversationQuerySet.visible_to` for one conversation whose holder is known; without a query."""
    if isinstance(actor, User):
        return actor.is_active and actor.pk == owner_id
    if isinstance(actor, AnonymousSubscriber):
        return actor.pk == visitor_id
    return owner_id is None and visitor_id is None


def is_readable_by(actor: Any, owner_id: int | None, visitor_id: UUID | None) -> bool:
    """`TurnQuerySet.readable_by` for a turn of a conversation whose holder is known."""
    return is_visible_to(actor, owner_id, visitor_id) or reads_everything(actor)


def reads_everything(actor: Any) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.is_staff and actor.has_perm("chat.view_conversation")


class TurnQuerySet(models.QuerySet["Turn"]):
    def visible_to(self, actor: Any) -> "TurnQuerySet":
        from chat.models import Conversation

        mine = Conversation.objects.visible_to(actor)
        return self.filter(conversation__in=mine)

    def readable_by(self, actor: Any) -> "TurnQuerySet":
        """As `visible_to`, and everything for staff who may view conversations in the back office."""
        return self if reads_everything(actor) else self.visible_to(actor)

    def active(self) -> "TurnQuerySet":
        return self.filter(state__in=[TurnState.PENDING, TurnState.RUNNING])

    def abandoned(self, now: datetime) -> "TurnQuerySet":
        """Running turns whose worker stopped renewing its lease."""
        return self.filter(Q(lease_until__lt=now) | Q(lease_until__isnull=True), state=TurnState.RUNNING)

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Exists, Min, OuterRef, Q

from accounts.models import User
from integrations.outbox.choices import DeliveryState

if TYPE_CHECKING:
    from integrations.outbox.models import Delivery  # noqa: F401 - named in strings below

# Nothing waits this long while the workers keep up.
PATIENCE = timedelta(minutes=2)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Any) -> "DeliveryQuerySet":
        """All of them for staff who may view deliveries, none for anybody else: they hold other people's mail."""
        may = isinstance(actor, User) and actor.is_active and actor.is_staff
        return self.all() if may and actor.has_perm("integrations.view_delivery") else self.none()

    def claimable(self, now: datetime) -> "DeliveryQuerySet":
        """Due, and nothing of the same ordering key is being sent or stands before it."""
        same_key = self.model._default_manager.filter(ordering_key=OuterRef("ordering_key"))
        in_the_way = Q(state=DeliveryState.SENDING) | Q(state=DeliveryState.PENDING, pk__lt=OuterRef("pk"))
        return self.due(now).filter(Q(ordering_key="") | ~Exists(same_key.filter(in_the_way)))

    def due(self, now: datetime) -> "DeliveryQuerySet":
        return self.filter(state=DeliveryState.PENDING, next_attempt_at__lte=now)

    def abandoned(self, now: datetime) -> "DeliveryQuerySet":
        """Being sent by a worker that stopped renewing its lease."""
        return self.filter(state=DeliveryState.SENDING, lease_until__lt=now)

    def late(self, now: datetime) -> "DeliveryQuerySet":
        """Due for longer than any queue should take, or held back until something is set up."""
        return self.filter(late_condition(now))

    def attention(self, now: datetime) -> dict[str, Any]:
        """`{dead, dead_since, uncertain, uncertain_since, held, held_since, late, late_since}` in one query."""
        conditions = {
            "dead": Q(state=DeliveryState.FAILED),
            "uncertain": Q(state=DeliveryState.UNCERTAIN),
            "held": held_condition(),
            "late": overdue_condition(now),
        }
        figures: dict[str, Any] = {}
        for name, condition in conditions.items():
            moment = "finished_at" if name in {"dead", "uncertain"} else "created_at"
            figures[name] = Count("pk", filter=condition)
            figures[f"{name}_since"] = Min(moment, filter=condition)
        wanted = [DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.UNCERTAIN]
        return self.filter(state__in=wanted).order_by().aggregate(**figures)


def held_condition() -> Q:
    return Q(state=DeliveryState.PENDING) & ~Q(held_for="")


def overdue_condition(now: datetime) -> Q:
    return Q(state=DeliveryState.PENDING, held_for="", next_attempt_at__lt=now - PATIENCE)


def late_condition(now: datetime) -> Q:
    return held_condition() | overdue_condition(now)

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.admin import attention
from chat.choices import TurnState
from chat.models import Turn
from chat.widgets.models import Widget
from config.backoffice.filters import ValuesFilter
from integrations.models import AIModel


class HolderFilter(ValuesFilter):
    title = _("whose")
    parameter_name = "holder"
    values = (("user", _("Users")), ("visitor", _("Visitors")), ("shared", _("Shared")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        conditions = {
            "user": Q(owner__isnull=False),
            "visitor": Q(visitor__isnull=False),
            "shared": Q(owner=None, visitor=None),
        }
        return queryset.filter(conditions.get(value, Q()))


class LastStateFilter(ValuesFilter):
    title = _("state")
    parameter_name = "state"
    values = TurnState.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(last_state=value)


def model_choices() -> list[tuple[str, str]]:
    return list(AIModel.objects.order_by("title").values_list("key", "title"))


class AnsweredByFilter(ValuesFilter):
    """Conversations in which this model has answered."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return model_choices()

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(Exists(Turn.objects.filter(conversation=OuterRef("pk"), model_key=value)))


class WidgetFilter(ValuesFilter):
    title = _("widget")
    parameter_name = "widget"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(key), name) for key, name in Widget.objects.order_by("name").values_list("pk", "name")]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(widget=value) if value.isdecimal() and len(value) < 10 else queryset


class TurnModelFilter(AnsweredByFilter):
    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(model_key=value)


class AttentionFilter(ValuesFilter):
    """What the landing page counts."""

    title = _("needs attention")
    parameter_name = "attention"
    values = (
        ("failed", _("Failed in the last 24 hours")),
        ("stuck", _("Stuck")),
        ("active", _("Waiting or answering")),
    )

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        now: datetime = timezone.now()
        conditions = {
            "failed": attention.failed_lately(now),
            "stuck": attention.stuck(now),
            "active": attention.active(),
        }
        return queryset.filter(conditions.get(value, Q()))

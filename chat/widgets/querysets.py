from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Max, OuterRef, Subquery

from accounts.models import User

if TYPE_CHECKING:
    from chat.widgets.models import Widget, WidgetSighting  # noqa: F401 - named in strings below


class WidgetQuerySet(models.QuerySet["Widget"]):
    def visible_to(self, actor: Any) -> "WidgetQuerySet":
        """Widgets belong to the house: staff who may view them see all, others none."""
        may = isinstance(actor, User) and actor.is_active and actor.is_staff and actor.has_perm("chat.view_widget")
        return self if may else self.none()

    def enabled(self) -> "WidgetQuerySet":
        return self.filter(enabled=True)

    def with_last_seen(self) -> "WidgetQuerySet":
        """Annotates `last_seen`: when the script last ran on an allowed site."""
        from chat.widgets.models import WidgetSighting

        seen = WidgetSighting.objects.filter(widget=OuterRef("pk"), refused=False).order_by().values("widget")
        return self.annotate(last_seen=Subquery(seen.annotate(n=Max("last_seen")).values("n")))


class SightingQuerySet(models.QuerySet["WidgetSighting"]):
    def accepted(self) -> "SightingQuerySet":
        return self.filter(refused=False)

    def refused(self) -> "SightingQuerySet":
        return self.filter(refused=True)

"""Filters of the lists of documents and questions."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.filters import ValuesFilter
from knowledge.choices import WORK_STATES, DocumentState
from knowledge.models import Audience, Document, Tag
from knowledge.scopes import choices

EVERYBODY_VALUE = "everybody"
# Entries of a dropdown; beyond them people search.
MOST_ENTRIES = 200


class PublishedFilter(ValuesFilter):
    title = gettext_lazy("published")
    parameter_name = "published"
    values = (("yes", gettext_lazy("Published")), ("no", gettext_lazy("Draft")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(published=value == "yes")


class StateFilter(ValuesFilter):
    title = gettext_lazy("state")
    parameter_name = "state"
    values = (
        ("ready", gettext_lazy("Ready")),
        ("work", gettext_lazy("At work")),
        ("failed", gettext_lazy("Failed")),
    )

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        states = {"ready": [DocumentState.READY], "work": list(WORK_STATES), "failed": [DocumentState.FAILED]}
        return queryset.filter(state__in=states[value]) if value in states else queryset


class TagFilter(ValuesFilter):
    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in Tag.objects.values_list("name", flat=True)[:MOST_ENTRIES]]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        through = Document.tags.through.objects.filter(document=OuterRef("pk"), tag__name=value)
        return queryset.filter(Exists(through))


class AudienceFilter(ValuesFilter):
    title = gettext_lazy("audience")
    parameter_name = "audience"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(EVERYBODY_VALUE, _("Everybody")), *choices()[:MOST_ENTRIES]]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == EVERYBODY_VALUE:
            return queryset.filter(restricted=False)
        return queryset.filter(Exists(Audience.objects.filter(document=OuterRef("pk"), scope=value)))


class CollectionFilter(ValuesFilter):
    title = gettext_lazy("collection")
    parameter_name = "collection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = Document.objects.exclude(collection="").order_by("collection").values_list("collection", flat=True)
        return [(name, name) for name in names.distinct()[:MOST_ENTRIES]]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(collection=value)

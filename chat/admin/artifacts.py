from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin.columns import holder_name
from chat.admin.filters import HolderFilter
from chat.artifacts.catalog import TEMPLATES
from chat.artifacts.links import link_to
from chat.artifacts.models import BEST, Artifact
from chat.artifacts.services import delete_artifact
from chat.artifacts.wire import template_name
from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import EMPTY, ago, avatar, badge, display, person
from config.backoffice.filters import DayRangeFilter, ValuesFilter

# What a model's page has in place of a template's key.
BY_MODEL = "model"


class TemplateFilter(ValuesFilter):
    title = _("template")
    parameter_name = "template"
    values = (*((key, template.name) for key, template in TEMPLATES.items()), (BY_MODEL, _("Written by a model")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(template="" if value == BY_MODEL else value)


class RatingFilter(ValuesFilter):
    title = _("rating")
    parameter_name = "rated"
    values = (("good", _("Good: 4 and 5")), ("poor", _("Poor: 1 to 3")), ("none", _("Not rated")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        conditions: dict[str, dict[str, Any]] = {
            "good": {"rating__gte": 4},
            "poor": {"rating__lte": 3},
            "none": {"rating__isnull": True},
        }
        return queryset.filter(**conditions.get(value, {}))


@admin.register(Artifact)
class ArtifactAdmin(SummedDeletion, ReadOnlyAdmin):
    """The pages that the assistant has made; looked at in a sandbox."""

    list_display = ("titled", "who", "made_from", "stars", "help_of", "made")
    list_display_links = ("titled",)
    list_select_related = ("owner", "visitor")
    list_filter = (TemplateFilter, RatingFilter, HolderFilter, ("created_at", DayRangeFilter))
    search_fields = ("title", "task")
    search_help_text = _("Title or task")
    ordering = ("-created_at", "pk")
    fields = ("title",)
    change_form_template = "admin/chat/artifact.html"
    actions_detail = ("delete_page",)
    empty_list_text = _(
        "Here you see the mini-pages that the assistant has made. Ask for one on the chat page: “Создай интерфейс …”."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("data")
        if request.resolver_match and request.resolver_match.url_name == "chat_artifact_changelist":
            return rows.defer("html", "css", "js", "data")
        return rows

    @display(description=_("title"), ordering="title")
    def titled(self, row: Artifact) -> str:
        return row.title

    @display(description=_("who"))
    def who(self, row: Any) -> SafeString:
        return holder_of(row)

    @display(description=_("template"), ordering="template")
    def made_from(self, row: Artifact) -> str:
        return template_name(row.template)

    @display(description=_("rating"), ordering="rating")
    def stars(self, row: Artifact) -> str:
        return stars_of(row)

    @display(description=_("model"), ordering="model_key")
    def help_of(self, row: Artifact) -> str | SafeString:
        return badge(_("No model"), "warning") if row.degraded and not row.model_key else row.model_key or EMPTY

    @display(description=_("made"), ordering="created_at")
    def made(self, row: Artifact) -> str | SafeString:
        return ago(row.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        artifact: Any = self.get_object(request, object_id)
        extra = details(artifact) if artifact is not None else {}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    # Deleting

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        return [str(_("Links to the pages stop working, in conversations too."))]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        delete_artifact(row, actor=request.user)

    @action(
        description=_("Delete"),
        icon="delete",
        permissions=["delete"],
        url_path="erase",
        dialog=dialog(
            _("Delete this page?"),
            _("Links to it stop working, in the conversation too. This cannot be undone."),
            button=_("Delete"),
        ),
    )
    def delete_page(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        artifact = find(Artifact.objects.all(), object_id)
        self.log_deletions(request, Artifact.objects.filter(pk=artifact.pk))
        delete_artifact(artifact, actor=request.user)
        self.message_user(request, _("Deleted: %(title)s") % {"title": artifact.title}, messages.SUCCESS)
        return leave_dialog(reverse("admin:chat_artifact_changelist"))


def holder_of(artifact: Any) -> SafeString:
    return person(artifact.owner) if artifact.owner else avatar(holder_name(artifact))


def stars_of(artifact: Artifact) -> str:
    return "★" * artifact.rating + "☆" * (BEST - artifact.rating) if artifact.rating else EMPTY


def details(artifact: Any) -> dict[str, Any]:
    """What the template shows of one page; its sources as text only."""
    conversation = artifact.conversation_id
    return {
        "artifact": artifact,
        "who": holder_name(artifact),
        "template_name": template_name(artifact.template),
        "stars": stars_of(artifact),
        "page_url": link_to(artifact),
        "sources": [(name, text) for name, text in _sources(artifact) if text],
        "conversation_url": reverse("admin:chat_conversation_change", args=[conversation]) if conversation else "",
        "title": artifact.title,
        "subtitle": None,
    }


def _sources(artifact: Artifact) -> list[tuple[str, str]]:
    return [("HTML", artifact.html), ("CSS", artifact.css), ("JavaScript", artifact.js)]

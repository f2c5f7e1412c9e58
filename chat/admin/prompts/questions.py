"""Saved questions, and saving one from an answer's page."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from chat.admin.prompts.forms import PromptQuestionForm
from chat.models import Turn
from chat.prompts.models import PromptQuestion
from chat.prompts.services.questions import keep_question_of, save_question, switch_questions
from config.admin import ModelAdmin
from config.backoffice.confirm import find
from config.backoffice.display import EMPTY, ago, badge, count, display
from config.backoffice.filters import ChoicesDropdownFilter, ValuesFilter


class ActiveFilter(ValuesFilter):
    title = gettext_lazy("state")
    parameter_name = "active"
    values = (("yes", gettext_lazy("Asked in comparisons")), ("no", gettext_lazy("Not asked")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(active=value == "yes")


@admin.register(PromptQuestion)
class PromptQuestionAdmin(ModelAdmin):
    """Questions on which versions of prompts are compared."""

    form = PromptQuestionForm
    list_display = ("shortened", "language", "tagged", "asked", "by", "added")
    list_filter = (ActiveFilter, ("language", ChoicesDropdownFilter))
    list_select_related = ("author",)
    search_fields = ("text", "tags", "note")
    actions = ("ask_selected", "leave_out_selected")
    empty_list_text = gettext_lazy(
        "Questions that people really ask show what a new version changes. Write some down, or save them from answers."
    )

    @display(description=gettext_lazy("question"), ordering="pk")
    def shortened(self, row: PromptQuestion) -> str:
        return str(row)

    @display(description=gettext_lazy("tags"), ordering="tags")
    def tagged(self, row: PromptQuestion) -> str:
        return row.tags or EMPTY

    @display(description=gettext_lazy("state"), ordering="active")
    def asked(self, row: PromptQuestion) -> SafeString:
        return badge(_("Asked"), "success") if row.active else badge(_("Not asked"))

    @display(description=gettext_lazy("added by"))
    def by(self, row: PromptQuestion) -> str:
        return row.author.display_name if row.author else EMPTY

    @display(description=gettext_lazy("added"), ordering="created_at")
    def added(self, row: PromptQuestion) -> str | SafeString:
        return ago(row.created_at)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_question(obj, actor=request.user)

    @admin.action(description=gettext_lazy("Ask the selected questions in comparisons"), permissions=["change"])
    def ask_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, active=True)

    @admin.action(description=gettext_lazy("Leave the selected questions out"), permissions=["change"])
    def leave_out_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, active: bool) -> None:
        done = switch_questions(list(queryset.values_list("pk", flat=True)), active=active, actor=request.user)
        text = ngettext("%(n)s question was changed.", "%(n)s questions were changed.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)


class KeepsQuestions:
    """For the admin of turns: a button that saves the question for comparisons of prompts."""

    admin_site: Any
    message_user: Any
    has_view_permission: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.keep_question_view))
        return [
            path("<uuid:pk>/keep-question/", view, name="chat_turn_keep_question"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def keep_question_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        turn = find(Turn.objects.select_related("question"), pk)
        if not (self.has_view_permission(request, turn) and request.user.has_perm("chat.add_promptquestion")):
            raise PermissionDenied
        try:
            question, is_new = keep_question_of(turn, actor=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            text = _("The question is saved.") if is_new else _("This question had been saved before.")
            url = reverse("admin:chat_promptquestion_change", args=[question.pk])
            link = format_html('{} <a class="text-link" href="{}">{}</a>', text, url, _("Open it"))
            self.message_user(request, link, messages.SUCCESS if is_new else messages.INFO)
        return redirect("admin:chat_turn_change", pk)

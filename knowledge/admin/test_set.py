"""The test set of search: questions with the documents that answer them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.admin import ModelAdmin
from config.backoffice.display import EMPTY, ago, badge, count, display
from config.backoffice.filters import ChoicesDropdownFilter, ValuesFilter
from config.backoffice.forms import ModelForm, Select
from knowledge import scopes
from knowledge.admin.evaluation_pages import verdict
from knowledge.choices import RunState
from knowledge.evaluation.runs import is_right
from knowledge.evaluation.samples import load_samples, samples_are_loaded, unload_samples
from knowledge.models import Document, EvaluationRun, TestQuestion

QUESTIONS_LIST = "admin:knowledge_testquestion_changelist"
SAMPLE_PERMISSIONS = (
    "knowledge.add_document",
    "knowledge.delete_document",
    "knowledge.add_testquestion",
    "knowledge.delete_testquestion",
)


def audiences() -> list[tuple[str, Any]]:
    return [(scopes.EVERYBODY, _("Everybody")), (scopes.STAFF, _("Staff")), *scopes.choices()]


class TestQuestionForm(ModelForm):
    scope = forms.ChoiceField(
        label=gettext_lazy("asked as"),
        choices=audiences,
        required=False,
        widget=Select,
        help_text=gettext_lazy("Decides which restricted documents can be found."),
    )

    class Meta:
        model = TestQuestion
        fields = ("question", "language", "answerable", "documents", "scope")
        help_texts = {"documents": gettext_lazy("Any of these answers the question.")}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        documents = data.get("documents")
        if data.get("answerable") and documents is not None and not documents:
            self.add_error("documents", _("Choose the documents that answer it, or say that it has no answer."))
        if not data.get("answerable") and documents:
            self.add_error("documents", _("Leave this empty for a question without an answer."))
        return data


class AnswerableFilter(ValuesFilter):
    title = gettext_lazy("answer")
    parameter_name = "answer"
    values = (("yes", gettext_lazy("Has an answer")), ("no", gettext_lazy("Has none")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(answerable=value == "yes")


@admin.register(TestQuestion)
class TestQuestionAdmin(ModelAdmin):
    """What search is measured by: questions with the documents that answer them, and questions that have no answer."""

    form = TestQuestionForm
    list_display = ("question", "language", "expected", "last_result", "added")
    list_filter = (AnswerableFilter, ("language", ChoicesDropdownFilter))
    search_fields = ("question",)
    autocomplete_fields = ("documents",)
    list_before_template = "admin/knowledge/sample_set.html"
    empty_list_text = gettext_lazy(
        "Write down what visitors ask and which documents answer it. Questions that must find nothing belong here too."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        documents = Document.objects.only("title", "slug", "language")
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related(Prefetch("documents", queryset=documents))
        return rows

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Each row of the page gets what became of it in the last evaluation: one query for all."""
        changes = super().get_changelist_instance(request)
        last = EvaluationRun.objects.filter(state=RunState.DONE).order_by("-pk").values_list("results", flat=True)
        results = {result["question"]: result for result in last.first() or ()}
        for row in changes.result_list:
            row.result = results.get(row.pk)
        return changes

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**sample_set(request), **(extra_context or {})})

    @display(description=gettext_lazy("expected documents"))
    def expected(self, row: TestQuestion) -> str | SafeString:
        if not row.answerable:
            return badge(_("nothing may be found"))
        return format_html_join(", ", "{}", ((document.title,) for document in row.documents.all())) or EMPTY

    @display(description=gettext_lazy("last result"))
    def last_result(self, row: Any) -> str | SafeString:
        if row.result is None:
            return EMPTY
        return badge(verdict(row.result), "success" if is_right(row.result) else "danger")

    @display(description=gettext_lazy("added"), ordering="created_at")
    def added(self, row: TestQuestion) -> str | SafeString:
        return ago(row.created_at)

    # The sample set

    def get_urls(self) -> list[Any]:
        load, unload = require_POST(self.load_view), require_POST(self.unload_view)
        return [
            path("samples/load/", self.admin_site.admin_view(load), name="knowledge_samples_load"),
            path("samples/remove/", self.admin_site.admin_view(unload), name="knowledge_samples_remove"),
            *super().get_urls(),
        ]

    def load_view(self, request: HttpRequest) -> HttpResponse:
        require(request, *SAMPLE_PERMISSIONS)
        loaded = load_samples(actor=request.user)
        text = _("The sample set is there: %(documents)s documents, %(questions)s questions.")
        self.message_user(request, text % counts(loaded), messages.SUCCESS)
        return HttpResponseRedirect(reverse(QUESTIONS_LIST))

    def unload_view(self, request: HttpRequest) -> HttpResponse:
        require(request, *SAMPLE_PERMISSIONS)
        text = _("The sample set is removed: %(documents)s documents, %(questions)s questions.")
        self.message_user(request, text % counts(unload_samples()), messages.SUCCESS)
        return HttpResponseRedirect(reverse(QUESTIONS_LIST))


def counts(loaded: Any) -> dict[str, str]:
    return {"documents": count(loaded.documents), "questions": count(loaded.questions)}


def require(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def sample_set(request: HttpRequest) -> dict[str, Any]:
    """Whether the sample set can be loaded or removed here; two queries."""
    return {
        "may_sample": request.user.has_perms(SAMPLE_PERMISSIONS),
        "has_samples": samples_are_loaded(),
        "has_questions": TestQuestion.objects.exists(),
    }

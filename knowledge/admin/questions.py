from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import find
from config.backoffice.display import EMPTY, ago, choice_label, count, display
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter
from knowledge.admin.columns import ChangeList
from knowledge.choices import STATE_TONES, QuestionState
from knowledge.models import Document, OpenQuestion
from knowledge.scopes import STAFF, choices
from knowledge.search import search
from knowledge.services.questions import answer_question, dismiss_questions, reopen_questions

OFFERED = 10
LIST = "admin:knowledge_openquestion_changelist"


class QuestionList(ChangeList):
    """The names of the scopes and what the reader may do, found once for the page."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        titles = dict(choices())
        may_decide = request.user.has_perm("knowledge.change_openquestion")
        may_write = request.user.has_perm("knowledge.add_document")
        rows: list[Any] = list(self.result_list)
        for row in rows:
            row.scope_titles, row.may_decide, row.may_write = titles, may_decide, may_write
        self.result_list = rows


@admin.register(OpenQuestion)
class OpenQuestionAdmin(ReadOnlyAdmin):
    """What people asked and nothing answered; what means the same is one row."""

    list_display = ("text", "decide", "times", "where", "language", "state_label", "first", "last")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("language", ChoicesDropdownFilter),
        ("last_at", DayRangeFilter),
    )
    list_select_related = ("document",)
    list_after_template = "admin/knowledge/live.html"
    search_fields = ("text",)
    # "open" comes last in the alphabet of the states.
    ordering = ("-state", "-asked")
    actions = ("dismiss_selected",)
    fields = ("text", "times", "where", "language", "state_label", "article", "first", "last")
    readonly_fields = fields
    empty_list_text = gettext_lazy(
        "Questions that found nothing are counted here, so that you see what to write about."
    )

    state_label = choice_label("state", QuestionState, STATE_TONES, description=gettext_lazy("state"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("vector", "document__body", "document__places")
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return QuestionList

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("knowledge.change_openquestion")

    # Columns

    @display(description=gettext_lazy("times asked"), ordering="asked")
    def times(self, row: OpenQuestion) -> str:
        return count(row.asked)

    @display(description=gettext_lazy("asked in"))
    def where(self, row: Any) -> str:
        titles = getattr(row, "scope_titles", None) or dict(choices())
        return ", ".join(str(titles.get(scope, scope)) for scope in row.scopes) or EMPTY

    @display(description=gettext_lazy("article"))
    def article(self, row: OpenQuestion) -> str | SafeString:
        if row.document is None:
            return EMPTY
        url = reverse("admin:knowledge_document_change", args=[row.document.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, row.document.title)

    @display(description=gettext_lazy("first asked"), ordering="first_at")
    def first(self, row: OpenQuestion) -> str | SafeString:
        return ago(row.first_at)

    @display(description=gettext_lazy("last asked"), ordering="last_at")
    def last(self, row: OpenQuestion) -> str | SafeString:
        return ago(row.last_at)

    @display(description=gettext_lazy("what to do"))
    def decide(self, row: Any) -> SafeString:
        """The article that answers it, or buttons; the list's own form carries those that change something."""
        if row.state == QuestionState.ANSWERED:
            return format_html("{}", self.article(row))
        buttons = list(_buttons(row))
        return format_html(
            '<span class="bo-row-buttons">{}</span>', format_html_join(" ", "{}", ((button,) for button in buttons))
        )

    # Decisions

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        name = "knowledge_openquestion_"
        return [
            path("<int:pk>/dismiss/", guard(require_POST(self.dismiss_view)), name=f"{name}dismiss"),
            path("<int:pk>/reopen/", guard(require_POST(self.reopen_view)), name=f"{name}reopen"),
            path("<int:pk>/link/", guard(self.link_view), name=f"{name}link"),
            *super().get_urls(),
        ]

    @admin.action(description=gettext_lazy("Dismiss the selected questions"), permissions=["decide"])
    def dismiss_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        # Ordered rows cannot be updated on every database.
        done = dismiss_questions(OpenQuestion.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))))
        text = ngettext("%(n)s question is dismissed.", "%(n)s questions are dismissed.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        question = self._decided(request, pk)
        if dismiss_questions(OpenQuestion.objects.filter(pk=question.pk)):
            undo = reverse("admin:knowledge_openquestion_reopen", args=[pk])
            button = format_html(
                '<button class="bo-button" type="submit" form="changelist-form" formaction="{}">{}</button>',
                undo,
                _("Undo"),
            )
            self.message_user(request, format_html("{} {}", _("The question is dismissed."), button), messages.SUCCESS)
        return redirect(LIST)

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        question = self._decided(request, pk)
        if reopen_questions(OpenQuestion.objects.filter(pk=question.pk)):
            self.message_user(request, _("The question is open again."), messages.SUCCESS)
        return redirect(LIST)

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choosing the document that answers a question after all."""
        question = self._decided(request, pk)
        if request.method == "POST":
            document = find(Document.objects.defer("body"), request.POST.get("document"))
            answer_question(question, document)
            self.log_change(request, question, _("Answered by %(title)s.") % {"title": document.title})
            self.message_user(request, _("The question counts as answered."), messages.SUCCESS)
            return redirect(LIST)
        words = request.GET.get("q", "").replace("\0", "").strip()[:200]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Link a document"),
            "question": question,
            "words": words,
            "documents": _offered(question, words),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/knowledge/link.html", context)

    def _decided(self, request: HttpRequest, pk: int) -> OpenQuestion:
        question: OpenQuestion = find(OpenQuestion.objects.defer("vector"), pk)
        if not self.has_decide_permission(request, question):
            raise PermissionDenied
        return question


def _buttons(row: Any) -> Any:
    if row.may_write and row.state == QuestionState.OPEN:
        url = f"{reverse('admin:knowledge_document_add')}?{urlencode({'question': row.pk})}"
        yield format_html('<a class="bo-button" href="{}">{}</a>', url, _("Write an article"))
    if not row.may_decide:
        return
    link = reverse("admin:knowledge_openquestion_link", args=[row.pk])
    yield format_html('<a class="bo-button" href="{}">{}</a>', link, _("Link a document"))
    name, label = ("dismiss", _("Dismiss")) if row.state == QuestionState.OPEN else ("reopen", _("Open again"))
    url = reverse(f"admin:knowledge_openquestion_{name}", args=[row.pk])
    yield format_html('<button class="bo-button" type="submit" formaction="{}">{}</button>', url, label)


def _offered(question: OpenQuestion, words: str) -> list[Document]:
    """Documents with these words in the title; without words those nearest to the question."""
    rows = Document.objects.only("title", "language", "published", "updated_at")
    if words:
        return list(rows.filter(title__icontains=words).order_by("title")[:OFFERED])
    found = search(question.text, scope=STAFF, language=question.language, limit=OFFERED, everything=True)
    keys = list(dict.fromkeys(passage.document_id for passage in found.passages))
    documents = rows.in_bulk(keys)
    return [documents[key] for key in keys if key in documents]

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from config.admin import ModelAdmin
from config.backoffice.confirm import action
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import count, display
from config.backoffice.filters import ChoicesDropdownFilter
from knowledge.admin.columns import DEFERRED, DocumentColumns, DocumentList, text_size
from knowledge.admin.files import DocumentFiles
from knowledge.admin.filters import AudienceFilter, CollectionFilter, PublishedFilter, StateFilter, TagFilter
from knowledge.admin.forms import DocumentForm
from knowledge.admin.publishing import DocumentPublishing
from knowledge.admin.search import DocumentSearch
from knowledge.admin.sections import DocumentSections
from knowledge.chunking import split
from knowledge.models import Document, OpenQuestion
from knowledge.services import delete_document
from knowledge.services.documents import describe
from knowledge.services.questions import settle_questions, write_for
from knowledge.services.saving import save_document

# Characters beyond which a text is not put into a form.
LONGEST_IN_FORM = 500_000
EXCERPT = 3_000
# Documents with more passages are searched by title alone, in the list.
PASSAGES_SEARCHED = 300


@admin.register(Document)
class DocumentAdmin(
    DocumentFiles, DocumentSearch, DocumentSections, DocumentPublishing, DocumentColumns, SummedDeletion, ModelAdmin
):
    """Texts that answers are drawn from. Publishing puts them into the index, withdrawing takes them out."""

    form = DocumentForm
    list_display = (
        "title",
        "kind",
        "language",
        "status",
        "audience",
        "tag_names",
        "passages",
        "came_from",
        "changed",
    )
    list_filter = (
        PublishedFilter,
        StateFilter,
        ("language", ChoicesDropdownFilter),
        ("format", ChoicesDropdownFilter),
        TagFilter,
        AudienceFilter,
        CollectionFilter,
    )
    search_fields = ("title",)
    search_help_text = gettext_lazy("Title, text, address or name of the file")
    ordering = ("position", "title")
    actions = ("publish_selected", "unpublish_selected")
    actions_list = ("upload_files", "search_as_visitor")
    actions_detail = ("publish_one", "unpublish_one")
    list_after_template = "admin/knowledge/live.html"
    change_form_outer_before_template = "admin/knowledge/document_head.html"
    change_form_after_template = "admin/knowledge/preview.html"
    empty_list_text = gettext_lazy("Write down what answers should rest on: one document for each subject.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("body")
        if getattr(request.resolver_match, "url_name", "") == "knowledge_document_changelist":
            return rows.defer(*DEFERRED).prefetch_related("tags", "audiences")
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return DocumentList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every word must occur, in a name of the document or in its text, unless that is very long."""
        for word in search_term.replace("\0", "").split():
            named = Q(title__icontains=word) | Q(slug__icontains=word) | Q(original_name__icontains=word)
            named |= Q(source__icontains=word) | Q(address__icontains=word)
            queryset = queryset.filter(named | Q(total__lte=PASSAGES_SEARCHED, body__icontains=word))
        return queryset, False

    # The form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug", "long_text", "origin") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A text that is too long for a form is shown in part; one that is still to be read is not there yet."""
        size = text_size(obj) if obj else 0
        text = ("body",) if not obj or 0 < size <= LONGEST_IN_FORM else ("long_text",) if size else ()
        published = ("published",) if text else ()
        origin = ("origin",) if obj and obj.source else ()
        return ("title", "slug", "language", *text, "tag_names", "audience", "position", *published, *origin)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("title",)}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        question = _question(request)
        if question is None:
            return super().get_changeform_initial_data(request)
        return {"title": question.text[:200], "language": question.language}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        head = self.head_of(request, row, "text") if row is not None else {}
        return super().change_view(request, object_id, form_url, {**head, **(extra_context or {})})

    @display(description=gettext_lazy("text"))
    def long_text(self, row: Document) -> SafeString:
        return format_html(
            '<p>{}</p><div class="bo-raw" tabindex="0" dir="auto">{}…</div>'
            '<p><a class="bo-button" href="{}">{}</a></p>',
            _("The text has %(n)s characters and is too long for this form. This is how it begins:")
            % {"n": count(text_size(row))},
            self.beginning(row, EXCERPT),
            reverse("admin:knowledge_document_text", args=[row.pk]),
            _("Download the whole text"),
        )

    @display(description=gettext_lazy("origin"))
    def origin(self, row: Document) -> str:
        return _("Imported from %(source)s. An import of a changed file replaces what you write here.") % {
            "source": row.source
        }

    # Changes, through the services

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        described = {"tags": values["tag_names"], "scopes": values["audience"]}
        if change and not form.says_something_else():
            describe(obj, **described)
            return
        saved = save_document(
            Document.objects.defer("body").get(pk=obj.pk) if change else None,
            slug=obj.slug,
            title=obj.title,
            language=obj.language,
            body=values.get("body"),
            position=obj.position,
            publish=values.get("published", obj.published),
            actor=request.user,
            **described,
        )
        obj.pk = saved.pk
        self._settle(request, saved)

    def _settle(self, request: HttpRequest, saved: Document) -> None:
        if question := _question(request):
            write_for(question, saved)
        if saved.published:
            settle_questions(saved)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Who wrote for a question goes back to the questions."""
        if _question(request) is None or not {"_continue", "_addanother"}.isdisjoint(request.POST):
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, _("The article is saved."), messages.SUCCESS)
        return redirect("admin:knowledge_openquestion_changelist")

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        number = rows.count()
        return [ngettext("Its passages leave the search at once.", "Their passages leave the search at once.", number)]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        delete_document(row)

    def _rows(self, objs: Any) -> QuerySet[Any]:
        return super()._rows(objs).defer(*DEFERRED)

    # Links of the list, preview of the form

    @action(description=gettext_lazy("Upload files"), icon="upload_file", permissions=["add"], url_path="to-upload")
    def upload_files(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:knowledge_document_upload")

    @action(description=gettext_lazy("Search as a visitor"), icon="search", permissions=["view"], url_path="to-search")
    def search_as_visitor(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:knowledge_document_search")

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(require_POST(self.preview_view))
        return [path("preview/", preview, name="knowledge_document_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The text of the form, rendered, and the passages it would be cut into; nothing is saved."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        body = request.POST.get("body", "")[:LONGEST_IN_FORM]
        pieces = split(body, title=request.POST.get("title", ""))
        return TemplateResponse(request, "admin/knowledge/preview_result.html", {"body": body, "pieces": pieces})


def _question(request: HttpRequest) -> OpenQuestion | None:
    """The question without an answer for which an article is being written."""
    key = request.GET.get("question", "")
    return OpenQuestion.objects.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.admin import ModelAdmin, ReadOnlyInline
from config.backoffice.counting import related_count
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import ago, badge, count, display
from config.backoffice.filters import ChoicesDropdownFilter, ValuesFilter
from config.backoffice.forms import ModelForm
from knowledge.chunking import split
from knowledge.models import Chunk, Document
from knowledge.services import delete_document, publish_document, unpublish_document

PREVIEW_LIMIT = 500_000


class PublishedFilter(ValuesFilter):
    title = gettext_lazy("published")
    parameter_name = "published"
    values = (("yes", gettext_lazy("Published")), ("no", gettext_lazy("Draft")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(published=value == "yes")


class DocumentForm(ModelForm):
    class Meta:
        model = Document
        fields = ("title", "slug", "language", "body", "position", "published")
        help_texts = {
            "slug": gettext_lazy("The last part of the address. It cannot be changed later."),
            "published": gettext_lazy("Published documents are searched for answers and shown in the guide."),
        }


class PassageInline(ReadOnlyInline):
    """What search finds: the document cut at its headings. Made anew whenever the document is published."""

    model = Chunk
    fields = ("position", "heading", "text")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("passages in the index")
    per_page = 20
    show_title = False


@admin.register(Document)
class DocumentAdmin(SummedDeletion, ModelAdmin):
    """Texts that answers are drawn from. Publishing puts them into the index, withdrawing takes them out."""

    form = DocumentForm
    list_display = ("title", "language", "state", "passages", "source", "changed")
    list_filter = (PublishedFilter, ("language", ChoicesDropdownFilter))
    search_fields = ("title", "slug", "body")
    ordering = ("position", "title")
    inlines = (PassageInline,)
    fields = ("title", "slug", "language", "body", "position", "published", "origin")
    change_form_after_template = "admin/knowledge/preview.html"
    empty_list_text = gettext_lazy("Write down what answers should rest on: one document for each subject.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(passage_total=related_count(Document, "chunks"))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug", "origin") if obj else ("origin",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj and obj.source else self.fields[:-1]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("title",)}

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    @display(description=gettext_lazy("state"), ordering="published")
    def state(self, row: Document) -> SafeString:
        return badge(_("Published"), "success") if row.published else badge(_("Draft"))

    @display(description=gettext_lazy("passages"), ordering="passage_total")
    def passages(self, row: Any) -> str:
        return count(row.passage_total)

    @display(description=gettext_lazy("changed"), ordering="updated_at")
    def changed(self, row: Document) -> str | SafeString:
        return ago(row.updated_at)

    @display(description=gettext_lazy("origin"))
    def origin(self, row: Document) -> str:
        return _("Imported from %(source)s. An import of a changed file replaces what you write here.") % {
            "source": row.source
        }

    # Changes, through the services

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        was_published = change and Document.objects.filter(pk=obj.pk, published=True).exists()
        if obj.published:
            obj.pk = publish_document(
                slug=obj.slug,
                title=obj.title,
                language=obj.language,
                body=obj.body,
                source=obj.source,
                position=obj.position,
            ).pk
            obj.refresh_from_db()
            return
        if was_published:
            unpublish_document(Document.objects.get(pk=obj.pk))
            obj.fingerprint = Document.objects.get(pk=obj.pk).fingerprint
        obj.save()

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        return [_("Its passages leave the search at once.")]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        delete_document(row)

    # Preview

    def get_urls(self) -> list[Any]:
        preview = path(
            "preview/", self.admin_site.admin_view(require_POST(self.preview_view)), name="knowledge_document_preview"
        )
        return [preview, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The text of the form, rendered, and the passages it would be cut into; nothing is saved."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        body = request.POST.get("body", "")[:PREVIEW_LIMIT]
        pieces = split(body, title=request.POST.get("title", ""))
        return TemplateResponse(request, "admin/knowledge/preview_result.html", {"body": body, "pieces": pieces})

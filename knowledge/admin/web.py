from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.admin import ModelAdmin, ReadOnlyInline
from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.counting import related_count
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import EMPTY, ago, badge, count, display
from config.backoffice.filters import ChoicesDropdownFilter
from knowledge.admin.web_forms import WebSourceForm
from knowledge.admin.web_states import page_state, source_state
from knowledge.models import Document, WebPage, WebSource
from knowledge.web.locations import host_of
from knowledge.web.services import add_source, change_source, remove_source, visit_now

STATUS = ("status", "visited", "next_visit")


class PageInline(ReadOnlyInline):
    """The pages as they were last seen."""

    model = WebPage
    fields = ("address", "page_status", "text", "seen", "changed")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("pages")
    per_page = 25
    show_title = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("document").defer("document__body")
        return rows

    @display(description=gettext_lazy("address"))
    def address(self, row: WebPage) -> SafeString:
        shown = row.url.partition("://")[2]
        return format_html('<a class="text-link bo-address" href="{}" rel="noreferrer">{}</a>', row.url, shown)

    @display(description=gettext_lazy("state"))
    def page_status(self, row: WebPage) -> Any:
        return page_state(row)

    @display(description=gettext_lazy("document"))
    def text(self, row: WebPage) -> str | SafeString:
        if row.document is None:
            return EMPTY
        url = reverse("admin:knowledge_document_change", args=[row.document.pk])
        return format_html('<a class="text-link bo-address" href="{}">{}</a>', url, row.document.title)

    @display(description=gettext_lazy("last seen"))
    def seen(self, row: WebPage) -> SafeString:
        return format_html('<span class="bo-one-line">{}</span>', ago(row.seen_at))

    @display(description=gettext_lazy("last change"))
    def changed(self, row: WebPage) -> SafeString:
        return format_html('<span class="bo-one-line">{}</span>', ago(row.changed_at))


class EraseForm(BaseDialogForm):
    """Says what goes with the website."""

    form_before_template = "admin/knowledge/website_dialog.html"

    def get_before_template_context(self, request: HttpRequest, object_id: str | None = None) -> dict[str, Any]:
        source = find(WebSource.objects.all(), object_id)
        return {"name": source.name, "lines": [lost_documents(source)]}


def lost_documents(source: WebSource) -> str:
    total = Document.objects.filter(page__source=source).count()
    text = ngettext("%(n)s document leaves the search at once.", "%(n)s documents leave the search at once.", total)
    return text % {"n": count(total)}


@admin.register(WebSource)
class WebSourceAdmin(SummedDeletion, ModelAdmin):
    """Pages of the web as documents, looked at again on a schedule."""

    form = WebSourceForm
    list_display = ("name", "host", "status", "pages", "errors", "visited", "next_visit")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("name", "url")
    ordering = ("name",)
    readonly_fields = STATUS
    inlines = (PageInline,)
    actions = ("visit_selected",)
    actions_detail = ("visit", "erase")
    empty_list_text = gettext_lazy(
        "Name a page or a sitemap: its pages become documents, and are looked at again every day."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        failing = WebPage.objects.filter(source=OuterRef("pk")).exclude(error="").order_by().values("source")
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(
            page_total=related_count(WebSource, "pages"),
            error_total=Coalesce(Subquery(failing.annotate(n=Count("pk")).values("n")), 0),
        )
        return counted

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        what = (None, {"fields": ("name", "url", "kind", "enabled")})
        how = (gettext_lazy("Visits"), {"fields": ("every_hours", "most_pages")})
        documents = (gettext_lazy("Documents"), {"fields": ("language", "tag_names", "audience")})
        status = (gettext_lazy("Status"), {"fields": STATUS})
        return (status, what, how, documents) if obj else (what, how, documents)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_delete_permission(request, obj) and request.user.has_perm("knowledge.delete_document")

    # Columns

    @display(description=gettext_lazy("address"), ordering="url")
    def host(self, row: WebSource) -> str:
        return host_of(row.url)

    @display(description=gettext_lazy("state"), ordering="state")
    def status(self, row: WebSource) -> SafeString:
        return source_state(row)

    @display(description=gettext_lazy("pages"), ordering="page_total")
    def pages(self, row: Any) -> str:
        return count(row.page_total)

    @display(description=gettext_lazy("errors"), ordering="error_total")
    def errors(self, row: Any) -> str | SafeString:
        return badge(count(row.error_total), "warning") if row.error_total else EMPTY

    @display(description=gettext_lazy("last visit"), ordering="visited_at")
    def visited(self, row: WebSource) -> str | SafeString:
        return ago(row.visited_at)

    @display(description=gettext_lazy("next visit"), ordering="next_at")
    def next_visit(self, row: WebSource) -> str | SafeString:
        return ago(row.next_at) if row.enabled else EMPTY

    # Changes, through the services

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = change_source(obj, **form.values()) if change else add_source(**form.values())
        obj.pk = saved.pk
        obj.refresh_from_db()

    @staticmethod
    def losses(rows: QuerySet[Any]) -> list[str]:
        kept = Document.objects.filter(page__source__in=rows).count()
        text = ngettext(
            "%(n)s document stays as it is, and is no longer looked after.",
            "%(n)s documents stay as they are, and are no longer looked after.",
            kept,
        )
        return [text % {"n": count(kept)}]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        remove_source(row, with_documents=False)

    # Actions

    @action(description=gettext_lazy("Visit now"), icon="refresh", permissions=["change"], url_path="visit")
    def visit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        source = find(WebSource.objects.all(), object_id)
        self._visit(request, [source])
        return redirect(reverse("admin:knowledge_websource_change", args=[source.pk]))

    @admin.action(description=gettext_lazy("Visit now"), permissions=["change"])
    def visit_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._visit(request, list(queryset))

    def _visit(self, request: HttpRequest, sources: list[WebSource]) -> None:
        due = [source for source in sources if source.enabled]
        for source in due:
            visit_now(source)
        if len(due) < len(sources):
            self.message_user(request, _("Paused websites are not visited."), messages.WARNING)
        if due:
            text = ngettext("%(n)s website is being visited.", "%(n)s websites are being visited.", len(due))
            self.message_user(request, text % {"n": count(len(due))}, messages.SUCCESS)

    @action(
        description=gettext_lazy("Delete with its documents"),
        icon="delete_sweep",
        permissions=["erase"],
        url_path="erase",
        dialog=dialog(
            gettext_lazy("Delete this website together with its documents?"),
            gettext_lazy("To keep the documents, delete the website alone. This cannot be undone."),
            button=gettext_lazy("Delete"),
            form=EraseForm,
        ),
    )
    def erase(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        source = find(WebSource.objects.all(), object_id)
        self.log_deletions(request, WebSource.objects.filter(pk=source.pk))
        total = remove_source(source, with_documents=True)
        text = ngettext("Deleted, with %(n)s document.", "Deleted, with %(n)s documents.", total)
        self.message_user(request, text % {"n": count(total)}, messages.SUCCESS)
        return leave_dialog(reverse("admin:knowledge_websource_changelist"))

    # Progress

    def get_urls(self) -> list[Any]:
        state = path(
            "<uuid:source_id>/state/", self.admin_site.admin_view(self.state_view), name="knowledge_websource_state"
        )
        return [state, *super().get_urls()]

    def state_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """The state as the page shows it, for a page that watches."""
        source = find(WebSource.objects.all(), source_id)
        if not self.has_view_permission(request, source):
            raise PermissionDenied
        return HttpResponse(source_state(source), headers={"Cache-Control": "no-store"})

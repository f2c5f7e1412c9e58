"""The sections of a document's page: how it reads, its passages, versions, citations, and what people said of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.db.models.functions import Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.backoffice.confirm import find
from knowledge.admin.columns import audience_of, state_of, text_size
from knowledge.admin.diff import difference
from knowledge.choices import DocumentState
from knowledge.indexing.versions import live_version
from knowledge.models import Chunk, Citation, Document, Feedback, Revision
from knowledge.pages import shown_to
from knowledge.readers.reading import messages as messages_of_readers
from knowledge.services.revisions import newest_number, restore_revision
from knowledge.texts import error_text, note_text
from knowledge.threads import Thread, threads

PER_PAGE = 20


def paged(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))


class DocumentSections:
    has_view_permission: Any
    has_change_permission: Any
    admin_site: Any
    message_user: Any
    log_change: Any
    _page: Any

    def get_urls(self) -> list[Any]:
        views = {
            "read": self.read_view,
            "passages": self.passages_view,
            "versions": self.versions_view,
            "citations": self.citations_view,
            "feedback": self.feedback_view,
        }
        guard = self.admin_site.admin_view
        sections = [
            path(f"<uuid:pk>/{name}/", guard(require_safe(view)), name=f"knowledge_document_{name}")
            for name, view in views.items()
        ]
        version = "<uuid:pk>/versions/<int:number>/"
        return [
            *sections,
            path(version, guard(require_safe(self.version_view)), name="knowledge_document_version"),
            path(
                f"{version}take-back/",
                guard(require_POST(self.take_back_view)),
                name="knowledge_document_take_back",
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def head_of(self, request: HttpRequest, row: Any, section: str) -> dict[str, Any]:
        """What stands above every section: state, what is wrong, what was lost, and the way to the others."""
        return {
            "document": row,
            "section": section,
            "sections": _sections(row),
            "status": state_of(row),
            "audience": audience_of(row),
            "problem": error_text(row.error) if row.state == DocumentState.FAILED else "",
            # For the others it is the same text in the language of the worker.
            "detail": "" if row.error in messages_of_readers() else row.error_detail,
            "losses": [note_text(code) for code in row.notes],
            "may_change": self.has_change_permission(request, row),
        }

    def read_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The text as its readers see it."""
        row = self._row(request, pk)
        row.size = text_size(row)
        shown = shown_to(request, row)
        return self._section(request, row, "read", {"shown": shown})

    def passages_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._row(request, pk)
        rows = Chunk.objects.filter(index=live_version(), document=row, edition=row.edition).order_by("position")
        shown = rows.only("position", "heading", "anchor", "place", "text")
        return self._section(request, row, "passages", {"page": paged(request, shown)})

    def citations_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The newest first; what may not be opened by this member of staff has no link."""
        row = self._row(request, pk)
        page = paged(request, Citation.objects.filter(document=row))
        known = threads({each.thread for each in page}, reader=request.user)
        entries = [(each, known.get(each.thread) or Thread(_("No longer there"))) for each in page]
        return self._section(request, row, "citations", {"page": page, "entries": entries})

    def feedback_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._row(request, pk)
        rows = Feedback.objects.filter(document=row).select_related("author")
        return self._section(request, row, "feedback", {"page": paged(request, rows)})

    # Versions

    def versions_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._row(request, pk)
        rows = Revision.objects.filter(document=row).select_related("author").defer("body", "places")
        context = {"page": paged(request, rows.order_by("-number")), "newest": newest_number(row)}
        return self._section(request, row, "versions", context)

    def version_view(self, request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
        row = self._row(request, pk)
        revision = get_object_or_404(Revision.objects.select_related("author"), document=row, number=number)
        context = {"revision": revision, "difference": difference(row, revision)}
        return self._section(request, row, "versions", context, template="version")

    def take_back_view(self, request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
        row = self._row(request, pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        try:
            restore_revision(row, number, request.user)
        except Revision.DoesNotExist as error:
            raise Http404 from error
        text = _("Version %(n)s was taken back.") % {"n": number}
        self.log_change(request, row, text)
        self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:knowledge_document_versions", pk)

    # Parts of all of them

    def _row(self, request: HttpRequest, pk: UUID) -> Any:
        row = find(Document.objects.defer("body"), pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def _section(
        self, request: HttpRequest, row: Any, section: str, context: dict[str, Any], *, template: str = ""
    ) -> HttpResponse:
        head = self.head_of(request, row, section)
        names = {"title": row.title, "original": row, "subtitle": None}
        response: HttpResponse = self._page(
            request, f"admin/knowledge/document_{template or section}.html", head | names | context
        )
        return response

    def beginning(self, row: Document, length: int) -> str:
        rows = Document.objects.filter(pk=row.pk)
        found: str | None = rows.values_list(Substr(F("body"), 1, length), flat=True).first()
        return found or ""


def _sections(row: Document) -> list[tuple[str, str, str]]:
    """Name, title and address of each section."""
    titles = {
        "text": (_("Text and settings"), "change"),
        "read": (_("As readers see it"), "read"),
        "passages": (_("Passages"), "passages"),
        "versions": (_("Versions"), "versions"),
        "citations": (_("Citations"), "citations"),
        "feedback": (_("Feedback"), "feedback"),
    }
    return [
        (name, title, reverse(f"admin:knowledge_document_{view}", args=[row.pk]))
        for name, (title, view) in titles.items()
    ]

"""Files of documents: handing them in, one or many, replacing and fetching them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.backoffice.confirm import find
from knowledge.admin.columns import state_of
from knowledge.admin.forms import ReplaceForm, UploadForm
from knowledge.models import Document
from knowledge.readers import FORMATS, MAX_BYTES, ReadingError
from knowledge.services.saving import read_again
from knowledge.services.uploads import upload_document

MOST_STATES = 200


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file: a document, or the reason why not."""

    name: str
    url: str = ""
    error: str = ""


class DocumentFiles:
    admin_site: Any
    opts: Any
    message_user: Any
    log_addition: Any
    log_change: Any
    has_add_permission: Any
    has_view_permission: Any
    has_change_permission: Any

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        name = "knowledge_document_"
        return [
            path("upload/", guard(self.upload_view), name=f"{name}upload"),
            path("states/", guard(require_safe(self.states_view)), name=f"{name}states"),
            path("<uuid:pk>/original/", guard(require_safe(self.original_view)), name=f"{name}original"),
            path("<uuid:pk>/text/", guard(require_safe(self.text_view)), name=f"{name}text"),
            path("<uuid:pk>/replace/", guard(self.replace_view), name=f"{name}replace"),
            path("<uuid:pk>/read-again/", guard(require_POST(self.read_again_view)), name=f"{name}read_again"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    # Handing in

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = _filled(UploadForm, request)
        received: list[Received] = []
        if request.method == "POST" and form.is_valid():
            received = list(self._take(request, form.cleaned_data))
        if request.headers.get("Accept") == "application/json":
            return _as_json(form, received)
        return self._upload_page(request, form, received)

    def _take(self, request: HttpRequest, options: dict[str, Any]) -> Iterator[Received]:
        for file in options["file"]:
            try:
                document = upload_document(
                    file,
                    name=file.name,
                    language=options["language"],
                    tags=options["tag_names"],
                    scopes=options["audience"],
                    publish=options["publish"],
                    actor=request.user,
                )
            except ReadingError as error:
                yield Received(file.name, error=error.message)
            else:
                self.log_addition(request, document, _("Uploaded as %(name)s.") % {"name": file.name})
                yield Received(file.name, url=_url(document))

    def _upload_page(self, request: HttpRequest, form: Any, received: list[Received]) -> HttpResponse:
        context = {
            "form": UploadForm() if received else form,
            "received": received,
            "taken": sum(not each.error for each in received),
            "accept": ",".join(suffix for suffixes in FORMATS.values() for suffix in suffixes),
            "most_bytes": MAX_BYTES,
            "title": _("Upload files"),
        }
        return self._page(request, "admin/knowledge/upload.html", context)

    def replace_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The next text of a document, from a file. Until it has been read, the present one stays."""
        row = find(Document.objects.defer("body"), pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        form = _filled(ReplaceForm, request)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                upload_document(file, name=file.name, document=row, publish=row.published, actor=request.user)
            except ReadingError as error:
                form.add_error("file", f"{file.name}: {error.message}")
            else:
                self.log_change(request, row, _("File replaced by %(name)s.") % {"name": file.name})
                self.message_user(request, _("The file is waiting to be read."), messages.SUCCESS)
                return redirect(_url(row))
        context = {"form": form, "document": row, "title": _("Replace the file"), "subtitle": row.title}
        return self._page(request, "admin/knowledge/replace.html", context)

    def read_again_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = find(Document.objects.defer("body"), pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if read_again(row):
            self.log_change(request, row, _("Read again."))
            self.message_user(request, _("It is being tried again."), messages.SUCCESS)
        return redirect(_url(row))

    # Fetching

    def original_view(self, request: HttpRequest, pk: UUID) -> HttpResponse | FileResponse:
        """The file as it was handed in, always as a download: a browser must not open what somebody else wrote."""
        row = self._viewed(request, pk)
        if not row.original:
            raise Http404
        try:
            file = row.original.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        return _download(FileResponse(file, as_attachment=True, filename=row.original_name or "document"))

    def text_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._viewed(request, pk)
        text = Document.objects.filter(pk=row.pk).values_list("body", flat=True).get()
        response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, f"{row.slug}.md") or "attachment"
        return _download(response)

    def _viewed(self, request: HttpRequest, pk: UUID) -> Any:
        row = find(Document.objects.defer("body"), pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def states_view(self, request: HttpRequest) -> HttpResponse:
        """The badges of the documents `id`, for pages that keep them up to date."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        keys = [key for key in request.GET.getlist("id")[:MOST_STATES] if _is_key(key)]
        rows = Document.objects.filter(pk__in=keys).defer("body", "places", "notes")
        return JsonResponse({str(row.pk): state_of(row) for row in rows}, headers={"Cache-Control": "no-store"})

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


def _filled(form: Any, request: HttpRequest) -> Any:
    return form(request.POST, request.FILES) if request.method == "POST" else form()


def _url(document: Document) -> str:
    return reverse("admin:knowledge_document_change", args=[document.pk])


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _as_json(form: Any, received: list[Received]) -> JsonResponse:
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    return JsonResponse({"files": [{"name": one.name, "url": one.url, "error": one.error} for one in received]})


def _download[Response: HttpResponse | FileResponse](response: Response) -> Response:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response

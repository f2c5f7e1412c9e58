"""Files in and out: uploads, how their reading goes, texts, originals and passages."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.files import File
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from config.api import PayloadTooLarge, read_query
from knowledge.api.base import DETAIL, MISSING, REFUSED, TAGS, KnowledgeView
from knowledge.api.fields import Page, sliced
from knowledge.api.serializers import (
    DocumentResponse,
    DocumentStatusResponse,
    PassageListResponse,
    PassageRow,
    UploadBody,
    UploadResponse,
)
from knowledge.indexing.versions import live_version
from knowledge.models import Chunk, Document, PendingVector
from knowledge.readers import MAX_BYTES, ReadingError
from knowledge.services.uploads import upload_document

# The parts of a form around the file.
FORM_BYTES = 1_000_000
PIECE = 1 << 16


class UploadView(KnowledgeView):
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """What is much too large is refused before a byte of it is read."""
        if _announced(request) > MAX_BYTES + FORM_BYTES:
            raise PayloadTooLarge
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="knowledge_documents_upload",
        tags=TAGS,
        request={"multipart/form-data": UploadBody},
        responses={202: UploadResponse, **REFUSED, 413: DETAIL, 415: DETAIL, 422: DETAIL},
    )
    def post(self, request: Request) -> Response:
        """Takes a file in, to be read by a worker; `status_url` says how that goes."""
        self.require("add_document")
        body = UploadBody(data=request.data)
        body.is_valid(raise_exception=True)
        document = _taken_in(body.validated_data, actor=current_user(request))
        url = reverse("knowledge-document-status", args=[document.pk])
        shown = {"document": DocumentResponse(document).data, "status_url": url}
        return Response(shown, status=202, headers={"Location": url})


def _announced(request: Request) -> int:
    try:
        return int(request.headers.get("content-length") or 0)
    except ValueError:
        return 0


def _taken_in(values: dict[str, Any], *, actor: Any) -> Document:
    file = values.pop("file")
    try:
        return upload_document(file, name=file.name, actor=actor, **values)
    except ReadingError as error:
        if error.code == "too_big":
            raise PayloadTooLarge(error.message) from error
        raise ValidationError({"file": [error.message]}) from error


class DocumentStatusView(KnowledgeView):
    @extend_schema(
        operation_id="knowledge_document_status", tags=TAGS, responses={200: DocumentStatusResponse, **MISSING}
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        """How far reading and indexing are, and what went wrong."""
        document: Any = self.document(document_id, "body", "places")
        document.passages = passages_of(document).count()
        document.vectors_pending = PendingVector.objects.filter(
            index=live_version(), chunk__document=document, chunk__edition=document.edition
        ).count()
        return Response(DocumentStatusResponse(document).data)


def passages_of(document: Document) -> Any:
    """What search sees of the document."""
    rows = Chunk.objects.filter(index=live_version(), document=document, edition=document.edition)
    return rows if document.published else rows.none()


class PassagesView(KnowledgeView):
    @extend_schema(
        operation_id="knowledge_document_chunks",
        tags=TAGS,
        parameters=[Page],
        responses={200: PassageListResponse, **MISSING, 422: DETAIL},
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        """The passages that search finds, in their order."""
        query = read_query(Page, request)
        found = passages_of(self.document(document_id, "body", "places")).order_by("position")
        page = sliced(found.defer("terms", "heading_terms"), query)
        return Response({"passages": PassageRow(page, many=True).data, "total": found.count()})


class TextView(KnowledgeView):
    @extend_schema(
        operation_id="knowledge_document_text",
        tags=TAGS,
        responses={(200, "text/markdown"): OpenApiTypes.STR, **MISSING},
    )
    def get(self, request: Request, document_id: UUID) -> HttpResponse:
        """The text as Markdown."""
        return HttpResponse(self.document(document_id).body, content_type="text/markdown; charset=utf-8")


class OriginalView(KnowledgeView):
    @extend_schema(
        operation_id="knowledge_document_original",
        tags=TAGS,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **MISSING},
    )
    def get(self, request: Request, document_id: UUID) -> StreamingHttpResponse:
        """The file as it was handed in."""
        document = self.document(document_id, "body", "places")
        try:
            file = document.original.open("rb")
        except (ValueError, FileNotFoundError) as error:
            raise NotFound from error
        name = document.original_name or document.slug
        # Never shown by the browser as a page of ours.
        headers = {"Content-Length": str(file.size), "X-Content-Type-Options": "nosniff"}
        headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return StreamingHttpResponse(_in_pieces(file), content_type="application/octet-stream", headers=headers)


async def _in_pieces(file: "File[bytes]") -> AsyncIterator[bytes]:
    try:
        while piece := await sync_to_async(file.read)(PIECE):
            yield piece
    finally:
        await sync_to_async(file.close)()

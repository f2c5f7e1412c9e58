"""`/knowledge/documents`: the list, one document, and what is done with it."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from config.api import read_query
from knowledge.api.base import DETAIL, MISSING, REFUSED, TAGS, KnowledgeView, MayViewDocuments, refusals, stale
from knowledge.api.fields import Page, sliced
from knowledge.api.serializers import (
    DocumentBody,
    DocumentChanges,
    DocumentDetailResponse,
    DocumentListResponse,
    DocumentQuery,
    DocumentResponse,
    VersionListResponse,
    VersionResponse,
)
from knowledge.models import Document, Revision
from knowledge.services import delete_document
from knowledge.services.editing import Stale, change_document, create_document, publish_draft, withdraw
from knowledge.services.revisions import restore_revision

TEXTS = ("body", "places")
CHANGED = {200: DocumentDetailResponse, **MISSING, 409: DETAIL}


class DocumentsView(KnowledgeView):
    @extend_schema(
        operation_id="knowledge_documents_list",
        tags=TAGS,
        parameters=[DocumentQuery],
        responses={200: DocumentListResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """The documents that the caller may read, without their texts."""
        query = read_query(DocumentQuery, request)
        found = Document.objects.visible_to(request.user).filter(_narrowed(query))
        page = sliced(found.order_by("position", "title", "pk").defer(*TEXTS), query)
        rows = DocumentResponse(page.prefetch_related("tags", "audiences"), many=True).data
        return Response({"documents": rows, "total": found.count()})

    @extend_schema(
        operation_id="knowledge_documents_create",
        tags=TAGS,
        request=DocumentBody,
        responses={201: DocumentDetailResponse, **REFUSED, 422: DETAIL},
    )
    def post(self, request: Request) -> Response:
        """Makes a document from a text."""
        self.require("add_document")
        body = DocumentBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            document = create_document(**body.validated_data, actor=current_user(request))
        return Response(DocumentDetailResponse(document).data, status=201)


def _narrowed(query: dict[str, Any]) -> Q:
    columns = ("state", "language", "collection", "published")
    found = Q(**{name: query[name] for name in columns if name in query})
    if "tag" in query:
        found &= Q(tags__name=query["tag"])
    if "q" in query:
        found &= Q(title__icontains=query["q"]) | Q(slug__icontains=query["q"])
    return found


class DocumentView(KnowledgeView):
    @extend_schema(operation_id="knowledge_document", tags=TAGS, responses={200: DocumentDetailResponse, **MISSING})
    def get(self, request: Request, document_id: UUID) -> Response:
        """One document, without its text."""
        return Response(DocumentDetailResponse(self.document(document_id, *TEXTS)).data)

    @extend_schema(
        operation_id="knowledge_document_change",
        tags=TAGS,
        request=DocumentChanges,
        responses={**CHANGED, 422: DETAIL},
    )
    def patch(self, request: Request, document_id: UUID) -> Response:
        """Changes what is named; with `version` only if nobody has changed the text since."""
        self.require("change_document")
        document = self.document(document_id)
        body = DocumentChanges(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            changed = change_document(document, **body.validated_data, actor=current_user(request))
        except Stale as error:
            return stale(error)
        return Response(DocumentDetailResponse(changed).data)

    @extend_schema(operation_id="knowledge_document_delete", tags=TAGS, responses={204: None, **MISSING})
    def delete(self, request: Request, document_id: UUID) -> Response:
        """Deletes the document; it leaves the search at once."""
        self.require("delete_document")
        delete_document(self.document(document_id, *TEXTS))
        return Response(status=204)


class PublishView(KnowledgeView):
    @extend_schema(operation_id="knowledge_document_publish", tags=TAGS, request=None, responses=CHANGED)
    def post(self, request: Request, document_id: UUID) -> Response:
        """Publishes the document; one that is still being read is published as soon as it has been."""
        self.require("change_document")
        document = self.document(document_id)
        with refusals():
            published = publish_draft(document, actor=current_user(request))
        return Response(DocumentDetailResponse(published).data)


class UnpublishView(KnowledgeView):
    @extend_schema(
        operation_id="knowledge_document_unpublish",
        tags=TAGS,
        request=None,
        responses={200: DocumentDetailResponse, **MISSING},
    )
    def post(self, request: Request, document_id: UUID) -> Response:
        """Takes the document out of search and off the site; its text is kept."""
        self.require("change_document")
        return Response(DocumentDetailResponse(withdraw(self.document(document_id, *TEXTS))).data)


class VersionsView(KnowledgeView):
    permission_classes = [MayViewDocuments]

    @extend_schema(
        operation_id="knowledge_document_versions",
        tags=TAGS,
        parameters=[Page],
        responses={200: VersionListResponse, **MISSING, 422: DETAIL},
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        """The texts that the document had, the newest first."""
        query = read_query(Page, request)
        found = Revision.objects.filter(document=self.document(document_id, *TEXTS)).order_by("-number")
        page = sliced(found.select_related("author").defer(*TEXTS), query)
        return Response({"versions": VersionResponse(page, many=True).data, "total": found.count()})


class RestoreView(KnowledgeView):
    permission_classes = [MayViewDocuments]

    @extend_schema(
        operation_id="knowledge_document_restore",
        tags=TAGS,
        request=None,
        responses={200: DocumentDetailResponse, **MISSING},
    )
    def post(self, request: Request, document_id: UUID, number: int) -> Response:
        """Gives the document a former text again."""
        self.require("change_document")
        document = self.document(document_id)
        try:
            restored = restore_revision(document, number, current_user(request))
        except Revision.DoesNotExist as error:
            raise NotFound from error
        return Response(DocumentDetailResponse(restored).data)

"""`/tickets/drafts`: what waits for a person's approval."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from config.api import read_query
from tickets.answers import drafts
from tickets.api.base import CHANGED, DETAIL, REFUSED, TAGS, DeskView, page_of, refusals
from tickets.api.serializers import DraftListResponse, DraftQuery, DraftResponse, EditBody, RejectBody
from tickets.models import Draft

RELATED = ("message", "reviewer", "answer")


class DraftsView(DeskView):
    @extend_schema(
        operation_id="tickets_drafts",
        tags=TAGS,
        parameters=[DraftQuery],
        responses={200: DraftListResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """Drafts, the newest first; by default those that wait."""
        query = read_query(DraftQuery, request)
        rows = Draft.objects.filter(ticket__in=self.tickets(), state=query["state"]).select_related(*RELATED)
        if "ticket" in query:
            rows = rows.filter(ticket=query["ticket"])
        page, cursor = page_of(rows, query, order=("pk",))
        return Response({"drafts": DraftResponse(page, many=True).data, "next": cursor})


class _DraftView(DeskView):
    def draft(self, draft_id: UUID) -> Draft:
        found = Draft.objects.filter(pk=draft_id, ticket__in=self.tickets()).select_related("ticket", *RELATED).first()
        if found is None:
            raise NotFound
        return found

    def answered(self, draft_id: UUID) -> Response:
        return Response(DraftResponse(self.draft(draft_id)).data)


class ApproveView(_DraftView):
    @extend_schema(
        operation_id="tickets_draft_approve", tags=TAGS, request=None, responses={200: DraftResponse, **CHANGED}
    )
    def post(self, request: Request, draft_id: UUID) -> Response:
        """Sends the draft as it is."""
        self.require("answer_ticket")
        with refusals():
            drafts.approve(self.draft(draft_id), actor=current_user(request))
        return self.answered(draft_id)


class EditView(_DraftView):
    @extend_schema(
        operation_id="tickets_draft_edit", tags=TAGS, request=EditBody, responses={200: DraftResponse, **CHANGED}
    )
    def post(self, request: Request, draft_id: UUID) -> Response:
        """Sends another text in place of the draft."""
        self.require("answer_ticket")
        draft, body = self.draft(draft_id), EditBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            drafts.edit_and_send(draft, body.validated_data["text"], actor=current_user(request))
        return self.answered(draft_id)


class RejectView(_DraftView):
    @extend_schema(
        operation_id="tickets_draft_reject", tags=TAGS, request=RejectBody, responses={200: DraftResponse, **CHANGED}
    )
    def post(self, request: Request, draft_id: UUID) -> Response:
        """Sends nothing; the ticket waits for a person's own answer."""
        self.require("answer_ticket")
        draft, body = self.draft(draft_id), RejectBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted: dict[str, Any] = body.validated_data
        with refusals():
            drafts.reject(draft, actor=current_user(request), reason=wanted["reason"])
        return self.answered(draft_id)

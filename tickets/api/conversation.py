"""What was said in a ticket, by whom it was decided, and what happened to it."""

import hashlib
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from config.api import read_query
from tickets.answers import send_answer
from tickets.api.base import CHANGED, DETAIL, MISSING, TAGS, Conflict, DeskView, Paged, page_of, refusals
from tickets.api.serializers import (
    EventListResponse,
    EventQuery,
    EventResponse,
    MessageListResponse,
    MessageResponse,
    NoteBody,
    TicketAnswerBody,
    TriageListResponse,
    TriageResponse,
)
from tickets.choices import AnswerKind
from tickets.models import CannedAnswer, Ticket, TicketMessage
from tickets.services.changes import add_note

MOST_TRIAGES = 100
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key sends one answer, however often it is asked for.",
)
LONGEST_KEY = 200


class MessagesView(DeskView):
    @extend_schema(
        operation_id="tickets_messages",
        tags=TAGS,
        parameters=[Paged],
        responses={200: MessageListResponse, **MISSING, 422: DETAIL},
    )
    def get(self, request: Request, key: str) -> Response:
        """The conversation from its beginning: mails, answers, notes."""
        query = read_query(Paged, request)
        rows = TicketMessage.objects.filter(ticket=self.ticket(key)).select_related("author").defer("html")
        page, cursor = page_of(rows.prefetch_related("attachments"), query, order=("sent_at", "pk"), descending=False)
        return Response({"messages": MessageResponse(page, many=True).data, "next": cursor})

    @extend_schema(
        operation_id="tickets_answer",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY],
        request=TicketAnswerBody,
        responses={201: MessageResponse, **CHANGED},
    )
    def post(self, request: Request, key: str) -> Response:
        """Answers the customer by mail."""
        self.require("answer_ticket")
        ticket, actor = self.ticket(key), current_user(request)
        body = TicketAnswerBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        once = idempotency_key(request, actor.pk)
        with refusals():
            message = send_answer(
                ticket=ticket,
                text=wanted["text"],
                actor=actor,
                kind=AnswerKind(wanted["kind"]),
                in_answer_to=_answered(ticket, wanted.get("in_answer_to")),
                cc=wanted.get("cc", ()),
                canned=_canned(wanted.get("canned")),
                key=once,
            )
        if message.ticket_id != ticket.pk:
            raise Conflict(_("This key was used for an answer to another ticket."))
        return Response(MessageResponse(message).data, status=201)


class NotesView(DeskView):
    @extend_schema(
        operation_id="tickets_note", tags=TAGS, request=NoteBody, responses={201: MessageResponse, **CHANGED}
    )
    def post(self, request: Request, key: str) -> Response:
        """Writes a note that stays in the house."""
        self.require("change_ticket")
        ticket = self.ticket(key)
        body = NoteBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            note = add_note(ticket, body.validated_data["text"], actor=current_user(request))
        return Response(MessageResponse(note).data, status=201)


class TriagesView(DeskView):
    @extend_schema(operation_id="tickets_triages", tags=TAGS, responses={200: TriageListResponse, **MISSING})
    def get(self, request: Request, key: str) -> Response:
        """What was decided about the ticket's mails and on what grounds, the newest first; a hundred at most."""
        rows = self.ticket(key).triages.select_related("message").order_by("-id")[:MOST_TRIAGES]
        return Response({"triages": TriageResponse(rows, many=True).data})


class EventsView(DeskView):
    @extend_schema(
        operation_id="tickets_events",
        tags=TAGS,
        parameters=[EventQuery],
        responses={200: EventListResponse, **MISSING, 422: DETAIL},
    )
    def get(self, request: Request, key: str) -> Response:
        """The trail of the ticket, the oldest first: what people, rules and the autopilot did."""
        query = read_query(EventQuery, request)
        rows = self.ticket(key).events.filter(pk__gt=query["after"]).select_related("actor", "message")
        return Response({"events": EventResponse(rows.order_by("pk")[: query["limit"]], many=True).data})


def idempotency_key(request: Request, who: int) -> str:
    """The key of the header as the desk keeps it: one person's keys are not another's."""
    given = request.headers.get("idempotency-key", "").strip()
    if len(given) > LONGEST_KEY:
        raise ValidationError(
            {"Idempotency-Key": [_("The key has more than %(most)d characters.") % {"most": LONGEST_KEY}]}
        )
    return f"api:{hashlib.sha256(f'{who}:{given}'.encode()).hexdigest()}" if given else ""


def _answered(ticket: Ticket, wanted: UUID | None) -> TicketMessage | None:
    if wanted is None:
        return None
    found: TicketMessage | None = TicketMessage.objects.filter(ticket=ticket, uuid=wanted).first()
    if found is None:
        raise ValidationError({"in_answer_to": [_("The ticket has no such message.")]})
    return found


def _canned(wanted: int | None) -> CannedAnswer | None:
    if wanted is None:
        return None
    found: Any = CannedAnswer.objects.filter(pk=wanted).first()
    if found is None:
        raise ValidationError({"canned": [_("There is no such canned answer.")]})
    return found  # type: ignore[no-any-return]

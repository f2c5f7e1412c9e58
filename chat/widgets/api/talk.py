"""A visitor's conversation with a widget."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.base import grant_of
from chat.api.serializers import BusySerializer, EventsQuery, EventsSerializer, StartedTurnSerializer
from chat.api.turns import accepts_stream, is_over, poll, position
from chat.api.waiting import wait_for
from chat.api.wire import HEARTBEAT, access_lost_chunk, event_stream, frame_of, queue_chunk, sse
from chat.errors import ConversationBusy, TurnNotRetryable
from chat.eventlog import Event
from chat.models import Conversation, Turn
from chat.services.turns import retry_turn, stop_turn
from chat.turns.access import AccessLost, Grant
from chat.turns.reader import Silence, follow
from chat.widgets.api.base import VisitorView
from chat.widgets.api.serializers import AskBody, LanguageQuery, NewestSerializer
from chat.widgets.services.asking import ask_widget, conversations_of
from chat.widgets.throttles import limits_of
from chat.widgets.wire import conversation_json, public_frame
from config.api import read_query
from config.network import client_ip

TAGS = ["widgets"]
QUIET_SECONDS = 15.0


class TurnView(VisitorView):
    def turn(self, turn_id: UUID) -> Turn:
        mine = Turn.objects.visible_to(self.session.visitor).select_related("conversation", "question")
        return get_object_or_404(mine, pk=turn_id)


class AskingView(TurnView):
    """Base: counted by the widget's limits."""

    def get_throttles(self) -> list[Any]:
        return list(limits_of(self.session, self.address))

    @property
    def address(self) -> str:
        return client_ip(self.request._request)


class NewestView(VisitorView):
    @extend_schema(tags=TAGS, parameters=[LanguageQuery], responses=NewestSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The visitor's latest conversation with its messages; null before the first question."""
        newest = conversations_of(self.session).first()
        return Response({"conversation": conversation_json(newest) if newest else None})


class AskView(AskingView):
    @extend_schema(
        tags=TAGS,
        parameters=[LanguageQuery],
        request=AskBody,
        responses={201: StartedTurnSerializer, 409: BusySerializer},
    )
    def post(self, request: Request, key: str) -> Response:
        """Asks in a conversation of the visitor's, or in a new one; read the answer from the turn's events."""
        body = AskBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        try:
            turn = ask_widget(
                self.session,
                asked["message"],
                conversation=asked["conversation"],
                page=asked["page"],
                address=self.address,
            )
        except Conversation.DoesNotExist as error:
            raise Http404 from error
        except ConversationBusy as error:
            return busy(error)
        return Response(started(turn), status=201)


class StopView(TurnView):
    @extend_schema(
        tags=TAGS, request=None, responses={202: OpenApiResponse(description="The turn ends within a second.")}
    )
    def post(self, request: Request, key: str, turn_id: UUID) -> Response:
        turn = self.turn(turn_id)
        stop_turn(turn, actor=self.session.visitor)
        return Response({"turn": str(turn.pk), "state": turn.state}, status=202)


class RetryView(AskingView):
    @extend_schema(
        tags=TAGS, parameters=[LanguageQuery], request=None, responses={201: StartedTurnSerializer, 409: BusySerializer}
    )
    def post(self, request: Request, key: str, turn_id: UUID) -> Response:
        """Asks the same question again as a new turn."""
        try:
            return Response(
                started(retry_turn(self.turn(turn_id), actor=self.session.visitor, address=self.address)), status=201
            )
        except ConversationBusy as error:
            return busy(error)
        except TurnNotRetryable:
            return Response({"detail": _("Only the last answer can be asked for again.")}, status=409)


class EventsView(TurnView):
    @extend_schema(tags=TAGS, parameters=[EventsQuery, LanguageQuery], responses={200: EventsSerializer, 204: None})
    def get(self, request: Request, key: str, turn_id: UUID) -> HttpResponseBase:
        """Events above `after`: as JSON, waiting up to `wait` seconds for the first one, or as a stream."""
        query = read_query(EventsQuery, request)
        turn, grant = self.turn(turn_id), grant_of(request)
        if not accepts_stream(request):
            page = wait_for(poll(turn, grant, query["after"], query["wait"]))
            return Response({**page, "events": [public_frame(frame) for frame in page["events"]]})
        after = position(request, query["after"])
        if is_over(turn, after):
            return HttpResponse(status=204)
        return event_stream(_stream(turn.pk, grant, after, get_language() or "en"), turn=turn)


def busy(error: ConversationBusy) -> Response:
    return Response({"detail": _("An answer is still being written."), "turn": str(error.turn_id)}, status=409)


def started(turn: Turn) -> dict[str, Any]:
    return {
        "turn": str(turn.pk),
        "conversation": str(turn.conversation_id),
        "title": turn.conversation.title,
        "question": str(turn.question_id),
        "answer": str(turn.answer_id),
    }


async def _stream(turn_id: UUID, grant: Grant, after: int, language: str) -> AsyncIterator[str]:
    """Ends with an error event once the visitor is no longer welcome."""
    yield HEARTBEAT
    try:
        async with contextlib.aclosing(follow(turn_id, grant=grant, after=after, seconds=QUIET_SECONDS)) as batches:
            async for batch in batches:
                yield _piece(turn_id, batch, language) or HEARTBEAT
    except AccessLost:
        yield sse({"turn": str(turn_id), **access_lost_chunk(language=language)})


def _piece(turn_id: UUID, batch: list[Event], language: str) -> str:
    if isinstance(batch, Silence) and batch.place:
        return sse({"turn": str(turn_id), **queue_chunk(batch.place, language=language)})
    with override(language):
        return "".join(sse(public_frame(frame_of(turn_id, item)), seq=item["seq"]) for item in batch)

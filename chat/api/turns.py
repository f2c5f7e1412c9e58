"""Asking, stopping, asking again, and reading a turn's events."""

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.base import ChatView, actor_of, grant_of, language_for
from chat.api.conversations import own_conversations
from chat.api.serializers import AskSerializer, BusySerializer, EventsQuery, EventsSerializer, StartedTurnSerializer
from chat.api.waiting import wait_for
from chat.api.wire import HEARTBEAT, access_lost_chunk, event_stream, frame_of, queue_chunk, sse
from chat.choices import ACTIVE_STATES, Channel, TurnState
from chat.errors import ConversationBusy, TurnNotRetryable
from chat.eventlog import Event
from chat.models import Turn
from chat.services import Question, retry_turn, start_turn, stop_turn
from chat.services.conversations import new_conversation
from chat.turns.access import AccessLost, Grant
from chat.turns.db import in_db
from chat.turns.reader import Silence, follow
from chat.turns.waiting import place_of
from config.api import read_query
from config.network import client_ip


def busy_response(error: ConversationBusy) -> Response:
    return Response({"detail": _("An answer is still being written."), "turn": str(error.turn_id)}, status=409)


def started(turn: Turn) -> dict[str, Any]:
    return {
        "turn": str(turn.pk),
        "conversation": str(turn.conversation_id),
        "title": turn.conversation.title,
        "question": str(turn.question_id),
        "answer": str(turn.answer_id),
    }


class TurnsView(ChatView):
    asks = True

    @extend_schema(request=AskSerializer, responses={201: StartedTurnSerializer, 409: BusySerializer})
    def post(self, request: Request) -> HttpResponseBase:
        """Asks in a conversation of the caller's, or in a new one; read the answer from the turn's events.

        With `Accept: text/event-stream` the events follow at once; a stream that is cut is resumed there.
        """
        body = AskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            turn = self._ask(request, body.validated_data)
        except ConversationBusy as error:
            return busy_response(error)
        if accepts_stream(request):
            events = _stream(turn.pk, grant_of(request), after=0, language=get_language() or "en")
            return event_stream(events, turn=turn)
        return Response(started(turn), status=201)

    @transaction.atomic
    def _ask(self, request: Request, body: dict[str, Any]) -> Turn:
        actor = actor_of(request)
        if body["conversation"]:
            conversation = get_object_or_404(own_conversations(request), pk=body["conversation"])
        else:
            conversation = new_conversation(actor=actor, channel=Channel.PAGE)
        model = body["model"] or (conversation.model.key if conversation.model else "")
        question = Question(body["message"], model, language_for(body["message"]), address=client_ip(request._request))
        return start_turn(conversation, question, actor=actor)


class StopView(ChatView):
    @extend_schema(request=None, responses={202: OpenApiResponse(description="The turn ends within a second.")})
    def post(self, request: Request, turn_id: UUID) -> Response:
        turn = get_object_or_404(Turn.objects.visible_to(actor_of(request)), pk=turn_id)
        stop_turn(turn, actor=actor_of(request))
        return Response({"turn": str(turn.pk), "state": turn.state}, status=202)


class RetryView(ChatView):
    asks = True

    @extend_schema(request=None, responses={201: StartedTurnSerializer, 409: BusySerializer})
    def post(self, request: Request, turn_id: UUID) -> Response:
        """Asks the same question again as a new turn."""
        actor = actor_of(request)
        mine = Turn.objects.visible_to(actor).select_related("conversation", "question")
        turn = get_object_or_404(mine, pk=turn_id)
        try:
            return Response(started(retry_turn(turn, actor=actor, address=client_ip(request._request))), status=201)
        except ConversationBusy as error:
            return busy_response(error)
        except TurnNotRetryable:
            return Response({"detail": _("Only the last answer can be asked for again.")}, status=409)


class EventsView(ChatView):
    @extend_schema(parameters=[EventsQuery], responses={200: EventsSerializer, 204: None})
    def get(self, request: Request, turn_id: UUID) -> HttpResponseBase:
        """Events above `after`: as JSON, waiting up to `wait` seconds for the first one, or as a stream.

        With `Accept: text/event-stream` the answer is a stream of the same objects until `done`;
        `Last-Event-ID` takes precedence over `after`, and 204 says that nothing will follow it.
        """
        query = read_query(EventsQuery, request)
        turn = get_object_or_404(Turn.objects.readable_by(actor_of(request)), pk=turn_id)
        grant, language = grant_of(request), get_language() or "en"
        if not accepts_stream(request):
            return Response(wait_for(poll(turn, grant, query["after"], query["wait"])))
        after = position(request, query["after"])
        if is_over(turn, after):
            return HttpResponse(status=204)
        return event_stream(_stream(turn.pk, grant, after=after, language=language), turn=turn)


def accepts_stream(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("Accept", "")


def position(request: Request, after: int) -> int:
    last = request.headers.get("Last-Event-ID", "")
    return int(last) if last.isdecimal() and len(last) < 10 else after


def is_over(turn: Turn, after: int) -> bool:
    """Whether a reader who has event `after` has everything."""
    return not turn.is_active and after >= turn.last_seq


async def poll(turn: Turn, grant: Grant, after: int, wait: int) -> dict[str, Any]:
    """Raises NotFound when the access is lost while waiting."""
    if is_over(turn, after):
        return {"turn": str(turn.pk), "state": turn.state, "finished": True, "place": None, "events": []}
    try:
        events, place = await _first_batch(turn.pk, grant, after, wait)
    except AccessLost as error:
        raise NotFound from error
    state = await in_db(Turn.objects.filter(pk=turn.pk).values_list("state", flat=True).first)
    finished = bool(events) and events[-1]["type"] == "done"
    return {
        "turn": str(turn.pk),
        "state": state or "deleted",
        "finished": finished or (state not in ACTIVE_STATES and not events),
        "place": place if state == TurnState.PENDING else None,
        "events": [frame_of(turn.pk, item) for item in events],
    }


async def _first_batch(turn_id: UUID, grant: Grant, after: int, wait: int) -> tuple[list[Event], int | None]:
    """The first events within `wait` seconds; and the turn's place in the queue, if it still waits then."""
    place, deadline = None, time.monotonic() + wait
    async with contextlib.aclosing(follow(turn_id, grant=grant, after=after, seconds=max(wait, 0.01))) as batches:
        async for batch in batches:
            if batch:
                return batch, None
            place = batch.place if isinstance(batch, Silence) else None
            if time.monotonic() >= deadline - 0.01:
                break
    return [], place or await place_of(turn_id)


async def _stream(turn_id: UUID, grant: Grant, *, after: int, language: str) -> AsyncIterator[str]:
    yield HEARTBEAT
    try:
        async with contextlib.aclosing(follow(turn_id, grant=grant, after=after, seconds=15)) as batches:
            async for batch in batches:
                yield "".join(sse(frame_of(turn_id, item), seq=item["seq"]) for item in batch) or _quiet(
                    turn_id, batch, language
                )
    except AccessLost:
        yield sse({"turn": str(turn_id), **access_lost_chunk(language=language)})


def _quiet(turn_id: UUID, batch: list[Event], language: str) -> str:
    if isinstance(batch, Silence) and batch.place:
        return sse({"turn": str(turn_id), **queue_chunk(batch.place, language=language)})
    return HEARTBEAT

"""The assistant's own wire: one question, one answer, as JSON or as a stream of chunks."""

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import BasicAuthentication
from chat.api.base import ChatView, actor_of, grant_of, language_for
from chat.api.serializers import ChatInSerializer, ChatOutSerializer
from chat.api.waiting import wait_for
from chat.api.whole import whole_answer
from chat.api.wire import (
    DONE_FAILED,
    HEARTBEAT,
    WHOLE_ANSWER_TYPES,
    access_lost_chunk,
    chunk_of,
    event_stream,
    queue_chunk,
    sse,
)
from chat.choices import Channel
from chat.eventlog import Event
from chat.models import Turn
from chat.services import Question, start_turn
from chat.services.conversations import new_conversation
from chat.turns.access import AccessLost, Grant
from chat.turns.reader import Silence, follow
from config.api import utc_z
from config.network import client_ip

TRUE = frozenset({"1", "true", "yes"})
# The confidence in an answer that nobody has judged: neither for it nor against it.
UNJUDGED = 0.5
BEST_SCORE = 10


class AssistantView(ChatView):
    """Optionally behind HTTP Basic, as its clients know it."""

    asks = True

    def get_authenticators(self) -> list[Any]:
        authenticators = super().get_authenticators()
        return [BasicAuthentication(), *authenticators] if settings.CHAT_BASIC_AUTH else authenticators


def question_text(raw: Any) -> str:
    """The question as it is stored; raises ParseError (400) when there is none."""
    if not isinstance(raw, str) or not raw.strip():
        raise ParseError(_("message: a question is required."))
    if len(raw) > settings.CHAT_MESSAGE_MAX_LENGTH:
        raise ParseError(_("message: at most %(count)d characters.") % {"count": settings.CHAT_MESSAGE_MAX_LENGTH})
    return raw.strip().replace("\x00", "")


@transaction.atomic
def ask(text: str, request: Request) -> Turn:
    """A question outside any conversation of the page's: each starts one of its own."""
    actor = actor_of(request)
    conversation = new_conversation(actor=actor, channel=Channel.ASSISTANT)
    question = Question(text, "", language_for(text), address=client_ip(request._request))
    return start_turn(conversation, question, actor=actor)


class ChatAnswerView(AssistantView):
    @extend_schema(request=ChatInSerializer, responses=ChatOutSerializer)
    def post(self, request: Request) -> Response:
        """Asks and waits for the whole answer."""
        body = request.data if isinstance(request.data, dict) else {}
        begun = time.monotonic()
        turn = ask(question_text(body.get("message")), request)
        last = wait_for(whole_answer(turn, grant_of(request)))
        if failure := last.get("error"):
            return Response({"detail": failure["content"]}, status=500)
        return Response(_answer_json(last.get("artifact") or last["content"], time.monotonic() - begun))


def _answer_json(content: Event, seconds: float) -> dict[str, Any]:
    """`model` and `confidence` are never null and the times come in both spellings: typed clients insist."""
    metadata = content["metadata"] or {}
    return {
        "response": content["content"],
        "timestamp": utc_z(timezone.now()),
        "model": metadata.get("model") or "unknown",
        "confidence": _confidence(metadata),
        "processingTime": round(seconds, 3),
        "processing_time": round(seconds, 3),
        "emotion": "neutral",
        "curiosityQuestion": None,
    }


def _confidence(metadata: dict[str, Any]) -> float:
    """From 0 to 1: the verifier's score of 1 to 10, where the answer was judged."""
    score = (metadata.get("thought") or {}).get("score")
    return score / BEST_SCORE if score else UNJUDGED


class ChatStreamView(AssistantView):
    @extend_schema(
        parameters=[
            OpenApiParameter("message", str, required=True),
            OpenApiParameter("delta", bool, description="Also send the answer piece by piece, as `delta` chunks."),
        ],
        responses={(200, "text/event-stream"): OpenApiTypes.STR, 204: None},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Asks and streams chunks `{type, stage, content, metadata}`, `done` being the last one.

        A reconnecting EventSource names the last event it saw and is told (204) to stay away:
        asking again would answer twice.
        """
        if "Last-Event-ID" in request.headers:
            return HttpResponse(status=204)
        text = question_text(request.query_params.get("message"))
        delta = request.query_params.get("delta", "").lower() in TRUE
        turn = ask(text, request)
        return event_stream(_chunks(turn, grant_of(request), delta=delta), turn=turn)


async def _chunks(turn: Turn, grant: Grant, *, delta: bool) -> AsyncIterator[str]:
    language = turn.options.get("language", "en")
    try:
        async with contextlib.aclosing(follow(turn.pk, grant=grant, seconds=15, just_asked=True)) as batches:
            async for batch in batches:
                wanted = [item for item in batch if delta or item["type"] in WHOLE_ANSWER_TYPES]
                if wanted:
                    yield "".join(sse(chunk_of(item), seq=item["seq"]) for item in wanted)
                elif isinstance(batch, Silence):
                    yield sse(queue_chunk(batch.place, language=language)) if batch.place else HEARTBEAT
    except AccessLost:
        yield sse(access_lost_chunk(language=language)) + sse(DONE_FAILED)

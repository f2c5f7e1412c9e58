"""The workflow copilot's wire: sessions per workflow, answers whole or as data-only SSE."""

import contextlib
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.base import ChatView, actor_of, grant_of, language_for
from chat.api.serializers import TextField
from chat.api.turns import busy_response
from chat.api.waiting import wait_for
from chat.api.whole import whole_answer
from chat.api.wire import HEARTBEAT, access_lost_chunk, event_stream, sse
from chat.choices import Channel
from chat.errors import ConversationBusy
from chat.eventlog import Event
from chat.models import Conversation, Message, Turn
from chat.services import Question, delete_conversation, find_or_start_session, start_turn
from chat.services.conversations import DEFAULT_WORKFLOW, delete_history, sessions_of
from chat.turns.access import AccessLost, Grant
from chat.turns.reader import follow
from config.api import MessageSerializer, utc_z
from config.network import client_ip

# The client's parser loses events that a network read cuts in two: small ones rarely are.
CHUNK_CHARACTERS = 1500


class CopilotRequestSerializer(serializers.Serializer[Any]):
    message = TextField(max_length=4000, trim_whitespace=False)
    workflow_id = TextField(required=False, allow_null=True, allow_blank=True, default="", max_length=255)
    session_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, default=None, max_length=255)
    provider = serializers.ChoiceField(choices=["openai", "anthropic"], default="openai")
    model = serializers.CharField(required=False, allow_null=True, allow_blank=True, default="", max_length=200)
    context = serializers.DictField(  # type: ignore[assignment]  # the wire's name hides the base's attribute
        required=False, allow_null=True, default=dict
    )
    openai_api_key = serializers.CharField(required=False, allow_null=True, allow_blank=True, write_only=True)
    anthropic_api_key = serializers.CharField(required=False, allow_null=True, allow_blank=True, write_only=True)
    n8n_api_url = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    n8n_api_key = serializers.CharField(required=False, allow_null=True, allow_blank=True, write_only=True)


class CopilotResponseSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    session_id = serializers.UUIDField()
    workflow_id = serializers.CharField()
    tokens_used = serializers.IntegerField(allow_null=True)
    provider = serializers.CharField()
    response_time = serializers.FloatField(help_text="Seconds.")
    metadata = serializers.DictField()


class CopilotMessageSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=["user", "assistant", "system"])
    content = serializers.CharField()
    timestamp = serializers.DateTimeField()
    message_id = serializers.UUIDField()


class CopilotSessionSerializer(serializers.Serializer[Any]):
    session_id = serializers.UUIDField()
    workflow_id = serializers.CharField()
    workflow_name = serializers.CharField()
    messages = CopilotMessageSerializer(many=True)
    created_at = serializers.DateTimeField()
    last_activity = serializers.DateTimeField()
    metadata = serializers.DictField()


class CopilotHistorySerializer(serializers.Serializer[Any]):
    workflow_id = serializers.CharField()
    sessions = CopilotSessionSerializer(many=True)
    total_messages = serializers.IntegerField()


class CopilotChatView(ChatView):
    asks = True
    parse_error_status = 422

    def ask(self, request: Request) -> tuple[Turn, dict[str, Any]]:
        """Stores the question in the caller's session and starts the answer; raises ConversationBusy."""
        body = CopilotRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        turn = self._start(actor_of(request), body.validated_data, address=client_ip(request._request))
        return turn, body.validated_data

    @transaction.atomic
    def _start(self, actor: Any, body: dict[str, Any], *, address: str) -> Turn:
        session = find_or_start_session(
            actor=actor, session_id=body["session_id"], workflow_key=body["workflow_id"] or DEFAULT_WORKFLOW
        )
        note = (body["context"] or {}).get("system_prompt")
        question = Question(
            text=body["message"],
            model=body["model"] or "",
            language=language_for(body["message"]),
            options={"provider": body["provider"], "client_note": note if isinstance(note, str) else ""},
            api_key=body.get(f"{body['provider']}_api_key") or "",
            address=address,
        )
        return start_turn(session, question, actor=actor)


class CopilotSendView(CopilotChatView):
    @extend_schema(request=CopilotRequestSerializer, responses=CopilotResponseSerializer)
    def post(self, request: Request) -> Response:
        """Asks and waits for the whole answer."""
        begun = time.monotonic()
        try:
            turn, body = self.ask(request)
        except ConversationBusy as error:
            return busy_response(error)
        last = wait_for(whole_answer(turn, grant_of(request)))
        if failure := last.get("error"):
            return Response({"detail": plain(failure["content"])}, status=500)
        return Response(_answer_json(turn, body, last["content"], time.monotonic() - begun))


class CopilotStreamView(CopilotChatView):
    @extend_schema(request=CopilotRequestSerializer, responses={(200, "text/event-stream"): OpenApiTypes.STR})
    def post(self, request: Request) -> HttpResponseBase:
        """Asks and streams `data:` lines with `chunk`, `session_id`, `is_complete` and `metadata`."""
        try:
            turn, _ = self.ask(request)
        except ConversationBusy as error:
            return busy_response(error)
        return event_stream(_lines(turn, grant_of(request)), turn=turn)


def _answer_json(turn: Turn, body: dict[str, Any], content: Event, seconds: float) -> dict[str, Any]:
    metadata = content["metadata"] or {}
    return {
        "message": content["content"],
        "session_id": str(turn.conversation_id),
        "workflow_id": turn.conversation.workflow_key,
        "tokens_used": (metadata.get("input_tokens", 0) + metadata.get("output_tokens", 0)) or None,
        "provider": body["provider"],
        "response_time": round(seconds, 3),
        "metadata": metadata,
    }


async def _lines(turn: Turn, grant: Grant) -> AsyncIterator[str]:
    """Each event leaves in a write of its own, in ASCII, small: see the client's parser."""
    try:
        async with contextlib.aclosing(follow(turn.pk, grant=grant, seconds=15, just_asked=True)) as batches:
            async for line in _as_lines(batches, str(turn.conversation_id)):
                yield line
    except AccessLost:
        error = access_lost_chunk(language=turn.options.get("language", "en"))
        yield _failure(error["content"], str(turn.conversation_id), "access_lost")


async def _as_lines(batches: AsyncIterator[list[Event]], session: str) -> AsyncIterator[str]:
    sent, final = 0, {}
    async for batch in batches:
        if not batch:
            yield HEARTBEAT
        for item in batch:
            if item["type"] in {"delta", "snapshot"}:
                text = item["content"] if item["type"] == "delta" else item["content"][sent:]
                sent += len(text)
                for piece in _pieces(text):
                    yield _line(piece, session)
            elif item["type"] == "content":
                final = item["metadata"] or {}
                for piece in _pieces(item["content"][sent:]):
                    yield _line(piece, session)
            elif item["type"] == "error":
                code = (item["metadata"] or {}).get("code", "internal")
                yield _failure(item["content"], session, code)
                return
            elif item["type"] == "done":
                yield _line("", session, complete=True, metadata=final)


def _line(chunk: str, session: str, *, complete: bool = False, metadata: dict[str, Any] | None = None) -> str:
    data = {"chunk": chunk, "session_id": session, "is_complete": complete, "metadata": metadata or {}}
    return sse(data, ascii_only=True)


def _failure(text: str, session: str, code: str) -> str:
    return _line(f"Error: {plain(text)}", session, complete=True, metadata={"error": code})


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), CHUNK_CHARACTERS):
        yield text[start : start + CHUNK_CHARACTERS]


def plain(text: str) -> str:
    """An error text that the client cannot take for a workflow."""
    return re.sub(r'[{}]|"nodes"', "", text)


def session_json(session: Conversation, messages: list[Message]) -> dict[str, Any]:
    return {
        "session_id": str(session.pk),
        "workflow_id": session.workflow_key,
        "workflow_name": f"Workflow {session.workflow_key}",
        "messages": [
            {
                "role": message.role,
                "content": message.content,
                "timestamp": utc_z(message.created_at),
                "message_id": str(message.pk),
            }
            for message in messages
        ],
        "created_at": utc_z(session.created_at),
        "last_activity": utc_z(session.last_activity),
        "metadata": session.metadata,
    }


def written_messages(session: Conversation) -> list[Message]:
    """The messages that have a text, in order; an answer that is about to begin has none yet."""
    return [message for message in session.messages.all() if message.content]


class SessionsView(ChatView):
    """One path, two meanings: GET takes a workflow's id, DELETE a session's."""

    @extend_schema(operation_id="copilot_sessions", responses=CopilotHistorySerializer)
    def get(self, request: Request, key: str) -> Response:
        workflow_key = unquote(key)
        sessions = sessions_of(actor=actor_of(request), workflow_key=workflow_key).prefetch_related("messages")
        shown = [session_json(session, written_messages(session)) for session in sessions]
        total = sum(len(session["messages"]) for session in shown)
        return Response({"workflow_id": workflow_key, "sessions": shown, "total_messages": total})

    @extend_schema(operation_id="copilot_session_delete", responses=MessageSerializer)
    def delete(self, request: Request, key: str) -> Response:
        session = _session(request, key)
        if session is not None:
            delete_conversation(session, actor=actor_of(request))
        return Response({"message": "Session deleted."})


def _session(request: Request, key: str) -> Conversation | None:
    try:
        pk = serializers.UUIDField().to_internal_value(key)
    except serializers.ValidationError:
        return None
    found: Conversation | None = (
        Conversation.objects.visible_to(actor_of(request)).filter(pk=pk, channel=Channel.COPILOT).first()
    )
    return found


class LatestSessionView(ChatView):
    @extend_schema(operation_id="copilot_latest_session", responses=CopilotSessionSerializer)
    def get(self, request: Request, key: str) -> Response:
        session = sessions_of(actor=actor_of(request), workflow_key=unquote(key)).first()
        if session is None:
            raise NotFound("No session for this workflow.")
        return Response(session_json(session, written_messages(session)))


class WorkflowHistoryView(ChatView):
    @extend_schema(operation_id="copilot_history_delete", responses=MessageSerializer)
    def delete(self, request: Request, key: str) -> Response:
        delete_history(actor=actor_of(request), workflow_key=unquote(key))
        return Response({"message": "History deleted."})


class RootView(ChatView):
    def get_permissions(self) -> list[Any]:
        return []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({"message": f"{settings.APP_NAME} API", "version": "1.0.0", "status": "active"})

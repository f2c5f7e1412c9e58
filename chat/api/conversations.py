"""Conversations and models for the product's own page and for any other client with an identity."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.base import ChatView, actor_of
from chat.api.serializers import (
    ConversationDetailSerializer,
    ConversationListSerializer,
    ConversationPatchSerializer,
    ConversationQuery,
    ConversationSerializer,
    ModelsSerializer,
)
from chat.api.wire import conversation_json, message_json
from chat.artifacts.wire import cards_of
from chat.models import Conversation, Turn
from chat.services.conversations import choose_model, delete_conversation, rename_conversation
from config.api import read_query
from integrations.services.routing import default_route, ready_roles, shown_title, usable_models


def own_conversations(request: Request) -> "QuerySet[Conversation]":
    """The caller's; a caller without identity has none to list or open."""
    actor = actor_of(request)
    if actor is None:
        return Conversation.objects.none()
    visible: QuerySet[Conversation] = Conversation.objects.visible_to(actor).select_related("model")
    return visible


class ConversationsView(ChatView):
    @extend_schema(
        operation_id="conversations_list", parameters=[ConversationQuery], responses=ConversationListSerializer
    )
    def get(self, request: Request) -> Response:
        """The caller's conversations, the latest first; `q` searches titles and messages."""
        query = read_query(ConversationQuery, request)
        found = own_conversations(request)
        if query["q"]:
            matching = Q(title__icontains=query["q"]) | Q(messages__content__icontains=query["q"])
            found = found.filter(matching).distinct()
        page = found[query["skip"] : query["skip"] + query["limit"]]
        return Response({"conversations": [conversation_json(row) for row in page], "total": found.count()})


class ConversationView(ChatView):
    @extend_schema(operation_id="conversations_read", responses=ConversationDetailSerializer)
    def get(self, request: Request, conversation_id: UUID) -> Response:
        conversation = get_object_or_404(own_conversations(request), pk=conversation_id)
        return Response(detail_json(conversation))

    @extend_schema(request=ConversationPatchSerializer, responses=ConversationSerializer)
    def patch(self, request: Request, conversation_id: UUID) -> Response:
        """Renames the conversation or chooses its model (null: the default one)."""
        conversation = get_object_or_404(own_conversations(request), pk=conversation_id)
        body = ConversationPatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if "title" in body.validated_data:
            rename_conversation(conversation, body.validated_data["title"], actor=actor_of(request))
        if "model" in body.validated_data and not choose_model(conversation, body.validated_data["model"]):
            raise ValidationError({"model": _("There is no such model.")})
        return Response(conversation_json(conversation))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, conversation_id: UUID) -> Response:
        conversation = get_object_or_404(own_conversations(request), pk=conversation_id)
        delete_conversation(conversation, actor=actor_of(request))
        return Response(status=204)


def detail_json(conversation: Conversation) -> dict[str, Any]:
    """The conversation with its messages, in a fixed number of queries however many there are."""
    turns = list(Turn.objects.filter(conversation=conversation).select_related("answer", "experience"))
    by_answer = {turn.answer_id: turn for turn in turns}
    titles = {model.key: shown_title(model.key, model.title) for model in usable_models()}
    active = next((turn for turn in turns if turn.is_active), None)
    messages = list(conversation.messages.order_by("position"))
    cards = cards_of(message.metadata for message in messages)
    return {
        **conversation_json(conversation),
        "messages": [message_json(message, by_answer, titles, cards) for message in messages],
        "active_turn": str(active.pk) if active else None,
    }


class ModelsView(ChatView):
    @extend_schema(responses=ModelsSerializer)
    def get(self, request: Request) -> Response:
        """The models to choose from, and in words what is missing when none of them is a real one."""
        default = default_route()
        notices = {
            "no_model": _("No language model is connected: answers are passages from the knowledge base."),
            "provider_down": _("The language model cannot be reached: answers are passages from the knowledge base."),
        }
        return Response(
            {
                "models": [
                    {
                        "key": model.key,
                        "title": shown_title(model.key, model.title),
                        "provider": model.provider.name,
                        "is_local": model.is_local,
                        "is_default": model.key == default.model_key,
                    }
                    for model in usable_models()
                ],
                "roles": [{"key": key, "model": model} for key, model in ready_roles().items()],
                "degraded": default.degraded or None,
                "notice": notices.get(default.degraded),
            }
        )

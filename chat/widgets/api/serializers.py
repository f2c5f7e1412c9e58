"""What the widget routes accept and, for the documentation, what they answer."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from chat.api.serializers import MessageOutSerializer, TextField


class SessionBody(serializers.Serializer[Any]):
    resume = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="The key from an earlier answer."
    )


class AskBody(serializers.Serializer[Any]):
    message = TextField(max_length=settings.CHAT_MESSAGE_MAX_LENGTH)
    conversation = serializers.UUIDField(required=False, allow_null=True, default=None)
    page = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=4000, help_text="The address of the host page."
    )


class LanguageQuery(serializers.Serializer[Any]):
    lang = serializers.ChoiceField(choices=["en", "ru"], required=False)


class ConfigSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    language = serializers.CharField()
    title = serializers.CharField()
    theme = serializers.CharField()
    position = serializers.CharField()
    accent = serializers.CharField()
    accent_ink = serializers.CharField()
    icon = serializers.ListField()
    close_icon = serializers.ListField()
    texts = serializers.DictField()
    keeps_pages = serializers.BooleanField()
    panel = serializers.CharField()


class SummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    answers = serializers.IntegerField()
    active_turn = serializers.UUIDField(allow_null=True)


class SessionSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_at = serializers.DateTimeField()
    resume = serializers.CharField(help_text="With it the same visitor comes back, from the same site.")
    config = ConfigSerializer()
    conversation = SummarySerializer(allow_null=True)


class WidgetTurnSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["pending", "running", "done", "stopped", "failed"])
    last_seq = serializers.IntegerField()
    error_code = serializers.CharField(allow_null=True)
    error_text = serializers.CharField(allow_null=True)
    degraded = serializers.CharField(allow_null=True)


class WidgetMessageSerializer(MessageOutSerializer):
    turn = WidgetTurnSerializer(allow_null=True)  # type: ignore[assignment]


class WidgetConversationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    messages = WidgetMessageSerializer(many=True)
    active_turn = serializers.UUIDField(allow_null=True)


class NewestSerializer(serializers.Serializer[Any]):
    conversation = WidgetConversationSerializer(allow_null=True)

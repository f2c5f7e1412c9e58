"""What the chat routes accept and, for the documentation, what they answer."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from config.api import SkipLimit


class TextField(serializers.CharField):
    """Text that PostgreSQL can store: NUL bytes are taken out, as pasted text sometimes has them."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data.replace("\x00", ""))


class AskSerializer(serializers.Serializer[Any]):
    message = TextField(max_length=settings.CHAT_MESSAGE_MAX_LENGTH)
    conversation = serializers.UUIDField(required=False, allow_null=True, default=None)
    model = serializers.CharField(required=False, allow_null=True, allow_blank=True, default="", max_length=200)


class ConversationPatchSerializer(serializers.Serializer[Any]):
    title = TextField(required=False, max_length=200)
    model = serializers.CharField(required=False, allow_null=True, max_length=100)


class ConversationQuery(SkipLimit):
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)
    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class EventsQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    wait = serializers.IntegerField(min_value=0, max_value=25, default=0)


class SourceSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    heading = serializers.CharField()
    url = serializers.CharField()


class TurnSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["pending", "running", "done", "stopped", "failed"])
    last_seq = serializers.IntegerField()
    model = serializers.CharField(allow_null=True)
    model_title = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    error_text = serializers.CharField(allow_null=True)
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    usage_estimated = serializers.BooleanField()
    cost = serializers.CharField(help_text="USD, a decimal number as text.")
    first_token_ms = serializers.IntegerField(allow_null=True)
    degraded = serializers.CharField(allow_null=True)
    rating = serializers.IntegerField(
        allow_null=True, help_text="The caller's: -1, 0 for none, 1; null for what cannot be rated."
    )


class CardRatingSerializer(serializers.Serializer[Any]):
    rating = serializers.IntegerField(allow_null=True)


class ArtifactCardSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    template_used = serializers.CharField()
    created_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="Path of the page, for a frame.")
    model = serializers.CharField(allow_null=True)
    degraded = serializers.CharField(allow_null=True)
    metadata = CardRatingSerializer()


class MessageOutSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=["user", "assistant", "system"])
    content = serializers.CharField()
    state = serializers.ChoiceField(choices=["complete", "streaming", "partial"])
    created_at = serializers.DateTimeField()
    sources = SourceSerializer(many=True)
    artifact = ArtifactCardSerializer(allow_null=True, help_text="The mini-page that the answer is.")
    turn = TurnSerializer(allow_null=True)


class ConversationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_activity = serializers.DateTimeField()
    model = serializers.CharField(allow_null=True)


class ConversationListSerializer(serializers.Serializer[Any]):
    conversations = ConversationSerializer(many=True)
    total = serializers.IntegerField()


class ConversationDetailSerializer(ConversationSerializer):
    messages = MessageOutSerializer(many=True)
    active_turn = serializers.UUIDField(allow_null=True)


class StartedTurnSerializer(serializers.Serializer[Any]):
    turn = serializers.UUIDField()
    conversation = serializers.UUIDField()
    title = serializers.CharField()
    question = serializers.UUIDField()
    answer = serializers.UUIDField()


class BusySerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    turn = serializers.UUIDField()


class EventSerializer(serializers.Serializer[Any]):
    turn = serializers.UUIDField()
    seq = serializers.IntegerField()
    type = serializers.ChoiceField(choices=["stage", "delta", "content", "artifact", "snapshot", "error", "done"])
    stage = serializers.CharField(allow_null=True)
    content = serializers.CharField()
    metadata = serializers.DictField(allow_null=True)


class EventsSerializer(serializers.Serializer[Any]):
    turn = serializers.UUIDField()
    state = serializers.CharField()
    finished = serializers.BooleanField()
    place = serializers.IntegerField(required=False, allow_null=True, help_text="In the queue, from 1, while waiting.")
    events = EventSerializer(many=True)


class ModelSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    provider = serializers.CharField()
    is_local = serializers.BooleanField()
    is_default = serializers.BooleanField()


class RoleSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="May be asked for like a model.")
    model = serializers.CharField(allow_null=True, help_text="Asked first; null when the role has no model of its own.")


class ModelsSerializer(serializers.Serializer[Any]):
    models = ModelSerializer(many=True)
    roles = RoleSerializer(many=True)
    degraded = serializers.CharField(allow_null=True)
    notice = serializers.CharField(allow_null=True)


class ChatInSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class ChatOutSerializer(serializers.Serializer[Any]):
    response = serializers.CharField()
    timestamp = serializers.DateTimeField()
    model = serializers.CharField()
    confidence = serializers.FloatField(help_text="From 0 to 1; 0.5 where nobody has judged the answer.")
    processingTime = serializers.FloatField()
    processing_time = serializers.FloatField()
    emotion = serializers.CharField()
    curiosityQuestion = serializers.CharField(allow_null=True)

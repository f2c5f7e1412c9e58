"""What the memory routes accept and, for the documentation, what they answer."""

from typing import Any

from rest_framework import serializers

from chat.api.serializers import TextField
from chat.memory.choices import MemoryCategory, MemorySource, MemoryType, Validation
from chat.memory.models import LONGEST_TEXT
from config.api import SkipLimit, UtcDateTimeField

# What a person may say about a memory: that it is right, or that it is not.
DECISIONS = (Validation.USER_CONFIRMED, Validation.REJECTED)
MOST_TAGS = 20


class ShareField(serializers.FloatField):
    """A number from 0 to 1; true and false are none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0.0, max_value=1.0, **options)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            return float(super().to_internal_value(data))
        except OverflowError:
            self.fail("invalid")


class TagsField(serializers.ListField):
    child = TextField(max_length=50)
    max_length = MOST_TAGS

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_TAGS, **options)


class WireMemoryQuery(serializers.Serializer[Any]):
    """`limit` is clamped to 1..100."""

    limit = serializers.IntegerField(default=10)
    topic = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class MemoryQuery(SkipLimit):
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)
    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    type = serializers.ChoiceField(choices=MemoryType.choices, required=False, default="", allow_blank=True)
    category = serializers.ChoiceField(choices=MemoryCategory.choices, required=False, default="", allow_blank=True)
    validation = serializers.ChoiceField(choices=Validation.choices, required=False, default="", allow_blank=True)


class MemoryInSerializer(serializers.Serializer[Any]):
    text = TextField(max_length=LONGEST_TEXT)
    category = serializers.ChoiceField(choices=MemoryCategory.choices, default=MemoryCategory.GENERAL)
    memory_type = serializers.ChoiceField(choices=MemoryType.choices, default=MemoryType.LONG_TERM)
    importance = ShareField(default=0.7)
    pinned = serializers.BooleanField(default=False)
    tags = TagsField(default=list)


class MemoryPatchSerializer(serializers.Serializer[Any]):
    text = TextField(required=False, max_length=LONGEST_TEXT)
    category = serializers.ChoiceField(choices=MemoryCategory.choices, required=False)
    memory_type = serializers.ChoiceField(choices=MemoryType.choices, required=False)
    importance = ShareField(required=False)
    pinned = serializers.BooleanField(required=False)
    tags = TagsField(required=False)
    validation = serializers.ChoiceField(choices=[(str(value), value.label) for value in DECISIONS], required=False)


class MemorySettingsSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(help_text="Whether the assistant remembers what you tell it.")


class MemorySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    text = serializers.CharField()
    category = serializers.ChoiceField(choices=MemoryCategory.choices)
    memory_type = serializers.ChoiceField(choices=MemoryType.choices)
    importance = serializers.FloatField()
    confidence = serializers.FloatField()
    validation = serializers.ChoiceField(choices=Validation.choices)
    source = serializers.ChoiceField(choices=MemorySource.choices)  # type: ignore[assignment]  # a field of ours
    conversation = serializers.UUIDField(allow_null=True)
    pinned = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    access_count = serializers.IntegerField()
    last_accessed = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()


class MemoryListSerializer(serializers.Serializer[Any]):
    memories = MemorySerializer(many=True)
    total = serializers.IntegerField()
    enabled = serializers.BooleanField()


class ErasedSerializer(serializers.Serializer[Any]):
    erased = serializers.IntegerField()


class RecentSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    timestamp = serializers.CharField()
    importance = serializers.FloatField()
    category = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of ours


class WireMemorySerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    recent = RecentSerializer(many=True)
    stats = serializers.DictField()


class StatusMessageSerializer(serializers.Serializer[Any]):
    status = serializers.CharField()
    message = serializers.CharField()


def memory_out(memory: Any) -> dict[str, Any]:
    return dict(MemorySerializer(_Shown(memory)).data)


class _Shown:
    """A memory with its conversation's id in place of the conversation, so that none is read for it."""

    def __init__(self, memory: Any) -> None:
        self._memory = memory
        self.conversation = memory.conversation_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory, name)

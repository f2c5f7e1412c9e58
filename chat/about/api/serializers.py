"""What the routes about the assistant answer, for the documentation."""

from typing import Any

from rest_framework import serializers

from chat.about.choices import STATUSES


class ReadySerializer(serializers.Serializer[Any]):
    local = serializers.DictField(child=serializers.BooleanField(), help_text="code, reason, personality")
    cloud = serializers.DictField(child=serializers.BooleanField(), help_text="code, universal, vision")
    unknown_since = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Roles whose models nobody could ask lately."
    )


class MemoryFiguresSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    session_context = serializers.IntegerField(help_text="Lines of the newest conversation in mind, 20 at most.")


class ModelManagerSerializer(serializers.Serializer[Any]):
    current_model = serializers.CharField(allow_null=True, help_text="The role or model that was asked last.")
    switches = serializers.IntegerField()
    loaded_models = serializers.ListField(child=serializers.CharField())
    max_vram_gb = serializers.FloatField()
    unknown_since = serializers.CharField(required=False)


class ExperienceFiguresSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    avg_score = serializers.FloatField()
    by_type = serializers.DictField(child=serializers.IntegerField())
    by_verdict = serializers.DictField(child=serializers.IntegerField())


class StatsSerializer(serializers.Serializer[Any]):
    """On failure `error` and `timestamp` alone."""

    timestamp = serializers.CharField()
    error = serializers.CharField(required=False)
    is_processing = serializers.BooleanField(required=False)
    models = ReadySerializer(required=False)
    memory = MemoryFiguresSerializer(required=False)
    model_manager = ModelManagerSerializer(required=False)
    experience = ExperienceFiguresSerializer(required=False)


class HealthSerializer(serializers.Serializer[Any]):
    alive = serializers.BooleanField()
    status = serializers.ChoiceField(choices=["healthy", "degraded", "unhealthy"])
    is_processing = serializers.BooleanField()
    models_ready = ReadySerializer()
    components = serializers.DictField(child=serializers.BooleanField(), help_text="memory, ollama, experience")
    uptime = serializers.IntegerField(help_text="Seconds since the process that answers was started.")
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # a field of ours
    timestamp = serializers.CharField()


class StatusSerializer(serializers.Serializer[Any]):
    online = serializers.BooleanField()
    version = serializers.CharField()
    mood = serializers.ChoiceField(choices=["curious", "happy", "thoughtful", "calm"])
    memory_count = serializers.IntegerField()
    isOnline = serializers.BooleanField()
    lastSeen = serializers.IntegerField(help_text="Milliseconds since 1970.")
    memoryUsage = serializers.FloatField(help_text="The share of the caller's room for memories, 0 to 1.")
    activeModels = serializers.ListField(child=serializers.CharField())


class OrganSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    file = serializers.CharField()
    description = serializers.CharField()
    capabilities = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=[str(status) for status in STATUSES])
    uses_count = serializers.IntegerField(help_text="Exact for staff; others are told its first digit.")


class OrgansSerializer(serializers.Serializer[Any]):
    organs = serializers.DictField(child=OrganSerializer())
    total = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField())


class ErrorSerializer(serializers.Serializer[Any]):
    error = serializers.CharField()


class OrgansSummarySerializer(serializers.Serializer[Any]):
    total_organs = serializers.IntegerField()
    active_organs = serializers.IntegerField()
    growing_organs = serializers.IntegerField()
    has_evolution = serializers.BooleanField()
    has_experience = serializers.BooleanField()


class SelfSerializer(serializers.Serializer[Any]):
    description = serializers.CharField(help_text="Markdown.")
    summary = OrgansSummarySerializer()


class GrowthSerializer(serializers.Serializer[Any]):
    capabilities = serializers.CharField(help_text="Markdown.")
    cell_factory_available = serializers.BooleanField()
    can_grow = serializers.BooleanField()


class CuriositySerializer(serializers.Serializer[Any]):
    question = serializers.CharField(allow_null=True)


class CommandInSerializer(serializers.Serializer[Any]):
    command = serializers.ChoiceField(choices=["stats", "memory", "experience", "clear"])


class CommandOutSerializer(serializers.Serializer[Any]):
    result = serializers.DictField()

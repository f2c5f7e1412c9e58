"""What the routes of mini-pages accept and, for the documentation, what they answer."""

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from chat.api.serializers import TextField
from chat.artifacts.catalog import TEMPLATES
from chat.artifacts.checking import printable
from chat.artifacts.choosing import choose_template
from chat.artifacts.limits import DATA_LENGTH, TASK_LENGTH
from chat.artifacts.models import BEST
from config.api import SkipLimit


class PrintableField(TextField):
    """Text without what no database can hold; what is nothing but that is blank."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(printable(data) if isinstance(data, str) else data)


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction; neither text nor a truth value passes for one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class GenerateSerializer(serializers.Serializer[Any]):
    task = PrintableField(max_length=TASK_LENGTH)
    template = serializers.ChoiceField(
        choices=list(TEMPLATES), required=False, allow_null=True, allow_blank=True, default=""
    )
    # A field may be called like the serializer's own property: declared fields leave the class.
    data = serializers.DictField(  # type: ignore[assignment]
        required=False, allow_null=True, default=None, help_text="For the template; what is left out keeps its default."
    )

    def validate_data(self, data: dict[str, Any] | None) -> dict[str, Any] | None:
        if data is not None and len(json.dumps(data)) > DATA_LENGTH:
            raise serializers.ValidationError(_("At most %(count)d characters.") % {"count": DATA_LENGTH})
        return data or None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With data the template must be known, because the data has to fit it."""
        attrs["template"] = attrs["template"] or ""
        if attrs["data"] is None:
            return attrs
        key = attrs["template"] or choose_template(attrs["task"])
        if not key:
            raise serializers.ValidationError({"template": _("Name the template that the data is for.")})
        data = {**TEMPLATES[key].defaults(self.context["language"](attrs["task"])), **attrs["data"]}
        if problem := TEMPLATES[key].problem_of(data):
            raise serializers.ValidationError({"data": problem})
        return {**attrs, "template": key, "data": data}


class RateSerializer(serializers.Serializer[Any]):
    rating = WholeNumberField(min_value=1, max_value=BEST)


class ArtifactsQuery(SkipLimit):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class RatingSerializer(serializers.Serializer[Any]):
    rating = serializers.IntegerField(allow_null=True)
    rated_at = serializers.DateTimeField(allow_null=True)


class ArtifactSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="12 hexadecimal digits.")
    html = serializers.CharField()
    css = serializers.CharField()
    js = serializers.CharField()
    template_used = serializers.CharField()
    created_at = serializers.DateTimeField()
    task = serializers.CharField()
    metadata = RatingSerializer()
    title = serializers.CharField()
    url = serializers.CharField(help_text="Path of the page; for a page with an owner signed, and good for a day.")
    model = serializers.CharField(allow_null=True)
    degraded = serializers.CharField(allow_null=True)


class ArtifactListSerializer(serializers.Serializer[Any]):
    artifacts = ArtifactSerializer(many=True)
    total = serializers.IntegerField()


class RatedSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    artifact_id = serializers.CharField()
    rating = serializers.IntegerField()


class PageTemplateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    display_name = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()


class PageTemplatesSerializer(serializers.Serializer[Any]):
    templates = PageTemplateSerializer(many=True)


class ArtifactErrorSerializer(serializers.Serializer[Any]):
    error = serializers.CharField()
    detail = serializers.CharField()

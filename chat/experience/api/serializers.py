"""What the routes of experience accept and, for the documentation, what they answer."""

from typing import Any

from rest_framework import serializers

from chat.api.serializers import TextField
from chat.experience.choices import Lesson, Thumb
from chat.experience.models import CORRECTION_LENGTH, Experience
from chat.experience.texts import lesson_text
from chat.pipeline.choices import TaskType, Verdict
from config.api import SkipLimit, utc_z

RATINGS = [(int(Thumb.UP), "good"), (int(Thumb.DOWN), "bad"), (0, "taken back")]


class RatingField(serializers.IntegerField):
    """1, -1 or 0; true, false and texts are none of them."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or data not in {value for value, _ in RATINGS}:
            self.fail("invalid")
        return data


class RateAnswerSerializer(serializers.Serializer[Any]):
    rating = RatingField(help_text="1 for a good answer, -1 for a bad one, 0 to take a rating back.")
    correction = TextField(
        required=False,
        allow_blank=True,
        max_length=CORRECTION_LENGTH,
        help_text="With -1: how the answer should have been. Left out, an earlier one stays.",
    )


class AnswerRatingSerializer(serializers.Serializer[Any]):
    rating = serializers.IntegerField(min_value=-1, max_value=1)
    correction = serializers.CharField()


class ExperienceQuery(SkipLimit):
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)
    type = serializers.ChoiceField(choices=TaskType.choices, required=False, default="", allow_blank=True)
    verdict = serializers.ChoiceField(choices=Verdict.choices, required=False, default="", allow_blank=True)
    rating = serializers.ChoiceField(choices=RATINGS, required=False, default=None, allow_null=True)


class ExperienceOutSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    turn = serializers.UUIDField(allow_null=True)
    artifact = serializers.CharField(allow_null=True, help_text="The mini-page that was rated, for one of its own.")
    type = serializers.ChoiceField(choices=TaskType.choices)
    question = serializers.CharField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    score = serializers.IntegerField(allow_null=True, help_text="1 to 10: a rating of yours outweighs the verifier.")
    problems = serializers.CharField()
    lesson = serializers.ChoiceField(choices=[("", ""), *Lesson.choices])
    lesson_text = serializers.CharField()
    rating = serializers.IntegerField(min_value=-1, max_value=1)
    correction = serializers.CharField()
    model = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class ExperienceListSerializer(serializers.Serializer[Any]):
    experience = ExperienceOutSerializer(many=True)
    total = serializers.IntegerField()


class WireStatsSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    avg_score = serializers.FloatField(required=False)
    by_type = serializers.DictField(child=serializers.IntegerField(), required=False)
    by_verdict = serializers.DictField(child=serializers.IntegerField(), required=False)


class WirePersonalitySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    traits = serializers.DictField(child=serializers.FloatField())
    strengths = serializers.ListField(child=serializers.CharField())
    weaknesses = serializers.ListField(child=serializers.CharField())
    insights = serializers.ListField(child=serializers.CharField())


class WireExperienceSerializer(serializers.Serializer[Any]):
    stats = WireStatsSerializer()
    personality = WirePersonalitySerializer()


def experience_out(row: Experience) -> dict[str, Any]:
    return {
        "id": row.pk,
        "turn": str(row.turn_id) if row.turn_id else None,
        "artifact": row.artifact_id,
        "type": row.task_type,
        "question": row.user_input,
        "verdict": row.verdict,
        "score": row.effective,
        "problems": row.problems,
        "lesson": row.lesson,
        "lesson_text": lesson_text(row.lesson),
        "rating": row.thumb or 0,
        "correction": row.correction,
        "model": row.model_key or None,
        "created_at": utc_z(row.created_at),
    }

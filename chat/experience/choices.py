from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.pipeline.choices import TaskType, Verdict


class Thumb(models.IntegerChoices):
    """What a person says of an answer."""

    DOWN = -1, _("Bad")
    UP = 1, _("Good")


class Lesson(models.TextChoices):
    """What an answer teaches. Rules choose it by the kind of problem; no verifier's words are kept in it."""

    GOOD = "good", _("It came out well")
    LIKED = "liked", _("The person liked it")
    STYLE = "style", _("Style")
    REQUEST = "request", _("Not what was asked for")
    FIRST_PERSON = "first_person", _("Not in the first person")
    COMPLETENESS = "completeness", _("Incomplete")
    FACTS = "facts", _("Wrong facts")
    LANGUAGE = "language", _("Wrong language")
    GENERIC = "generic", _("Needs work")
    SERIOUS = "serious", _("Serious problem")
    DISLIKED = "disliked", _("The person did not like it")
    CORRECTED = "corrected", _("The person corrected it")


GOOD_LESSONS = frozenset({Lesson.GOOD, Lesson.LIKED})
JUDGED = frozenset({Verdict.ACCEPTED, Verdict.NEEDS_WORK, Verdict.REJECTED})

VERDICT_COLOURS = {
    Verdict.ACCEPTED: "success",
    Verdict.NEEDS_WORK: "warning",
    Verdict.REJECTED: "danger",
    Verdict.UNKNOWN: "info",
}
THUMB_COLOURS = {Thumb.UP: "success", Thumb.DOWN: "danger"}


def known_type(value: str) -> TaskType:
    return TaskType(value) if value in TaskType.values else TaskType.UNKNOWN


def known_verdict(value: str) -> Verdict:
    return Verdict(value) if value in Verdict.values else Verdict.UNKNOWN

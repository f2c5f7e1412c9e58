"""Lessons in words, in the active language."""

from django.utils.translation import gettext as _

from chat.experience.choices import Lesson
from chat.pipeline.choices import TaskType


def lesson_text(lesson: str) -> str:
    """What the assistant tells itself; "" for no lesson."""
    texts: dict[str, str] = {
        Lesson.GOOD: _("An answer of this kind was accepted: work in the same way."),
        Lesson.LIKED: _("The person liked an answer of this kind: work in the same way."),
        Lesson.STYLE: _("Mind the style: clear, well ordered, as long as the question needs."),
        Lesson.REQUEST: _("Answer exactly what was asked, and do all that was asked for."),
        Lesson.FIRST_PERSON: _("Speak of yourself in the first person."),
        Lesson.COMPLETENESS: _("Leave nothing out: go through every part of the question."),
        Lesson.FACTS: _("Check the facts, and say so where you are not sure."),
        Lesson.LANGUAGE: _("Answer in the language of the question."),
        Lesson.GENERIC: _("The answer needed work: read it through before you give it."),
        Lesson.SERIOUS: _("An answer was rejected: go about it in another way, step by step."),
        Lesson.DISLIKED: _("The person did not like the answer: try another approach."),
        Lesson.CORRECTED: _("The person put the answer right: keep to the correction."),
    }
    return texts.get(lesson, "")


def insight_text(lesson: str, task_type: str) -> str:
    """A lesson with the kind of work that taught it."""
    kind = TaskType(task_type).label
    return _("%(kind)s: %(lesson)s") % {"kind": kind, "lesson": lesson_text(lesson)}

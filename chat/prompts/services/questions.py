"""Saved questions."""

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chat.language import language_of
from chat.models import Turn
from chat.prompts.models import QUESTION_LENGTH, PromptQuestion

logger = logging.getLogger(__name__)


def save_question(question: PromptQuestion, *, actor: Any) -> None:
    """Raises ValidationError by field."""
    question.text = question.text.replace("\r\n", "\n").strip()
    if question._state.adding:
        question.author = actor
    if any("\0" in value for value in (question.text, question.tags, question.note)):
        raise ValidationError({"text": _("Null characters are not allowed.")})
    if len(question.text) > QUESTION_LENGTH:
        raise ValidationError({"text": _("The question is too long to be saved.")})
    question.full_clean()
    question.save()


def keep_question_of(turn: Turn, *, actor: Any) -> tuple[PromptQuestion, bool]:
    """The turn's question among the saved ones, and whether it is new there; raises ValidationError."""
    text = turn.question.content.strip()
    known: PromptQuestion | None = PromptQuestion.objects.filter(text=text).first()
    if known is not None:
        return known, False
    language = language_of(text, default=str(turn.options.get("language", "en")))
    question = PromptQuestion(text=text, language=language)
    save_question(question, actor=actor)
    return question, True


def questions_tagged(tag: str) -> list[PromptQuestion]:
    """The questions that are asked in comparisons, with this tag where one is given; the oldest first."""
    rows: QuerySet[PromptQuestion] = PromptQuestion.objects.filter(active=True).order_by("pk")
    return [row for row in rows if not tag or tag in row.tag_names]


def known_tags() -> list[str]:
    rows = PromptQuestion.objects.filter(active=True).exclude(tags="")
    return sorted({name for row in rows.only("tags") for name in row.tag_names})


def switch_questions(keys: list[int], *, active: bool, actor: Any) -> int:
    """Asks these questions in comparisons from now on, or leaves them out; how many that changed."""
    done: int = PromptQuestion.objects.filter(pk__in=keys).exclude(active=active).update(active=active)
    logger.info("%s saved questions switched %s by %s", done, "on" if active else "off", actor)
    return done

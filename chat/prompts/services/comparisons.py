"""The life of a comparison, as staff decide it."""

import logging
import random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.prompts.choices import UNFINISHED, AnswerState, ComparisonState, Side, Verdict
from chat.prompts.comparing.routes import routes_for
from chat.prompts.models import ComparedQuestion, Prompt, PromptAnswer, PromptComparison, PromptQuestion
from chat.prompts.services.questions import questions_tagged
from chat.prompts.services.versions import text_of

logger = logging.getLogger(__name__)

MOST_QUESTIONS = 50


def start_comparison(
    prompt: Prompt, a: int, b: int, *, actor: Any, model: str = "", tag: str = "", blind: bool = False
) -> PromptComparison:
    """Two versions on the saved questions, in the background; `model` is a model's key.

    Raises ValidationError with `b`, `model` or `tag` when nothing can start, PromptVersion.DoesNotExist.
    """
    texts = {Side.A: text_of(prompt, a), Side.B: text_of(prompt, b)}
    _require_two(prompt, texts[Side.A], texts[Side.B])
    if not routes_for(model):
        raise ValidationError({"model": no_model_text()})
    questions = questions_tagged(tag)
    _require_some(questions)
    with transaction.atomic():
        comparison = PromptComparison.objects.create(
            prompt=prompt,
            number_a=a,
            number_b=b,
            text_a=texts[Side.A],
            text_b=texts[Side.B],
            model=model,
            blind=blind,
            started_by=actor,
        )
        _enter(comparison, questions)
        transaction.on_commit(_wake)
    logger.info("comparison %s of the prompt %s started by %s", comparison.pk, prompt.key, actor)
    return comparison


def no_model_text() -> str:
    return _("No model is configured that could answer. Connect a provider first.")


def _require_two(prompt: Prompt, a: str, b: str) -> None:
    if prompt.spec.trial is None:
        raise ValidationError({"b": _("This prompt cannot be tried out on questions.")})
    if a == b:
        raise ValidationError({"b": _("Both versions say the same. Choose another one.")})
    if not all(prompt.spec.fits(text) for text in (a, b)):
        raise ValidationError({"b": _("This version does not fit the variables that the prompt has now.")})


def _require_some(questions: list[PromptQuestion]) -> None:
    if not questions:
        raise ValidationError({"tag": _("There are no saved questions to ask. Add some first.")})
    if len(questions) > MOST_QUESTIONS:
        most = ngettext(
            "These are more questions than one comparison asks (%(n)d). Choose a tag.",
            "These are more questions than one comparison asks (%(n)d). Choose a tag.",
            MOST_QUESTIONS,
        )
        raise ValidationError({"tag": most % {"n": MOST_QUESTIONS}})


def _enter(comparison: PromptComparison, questions: list[PromptQuestion]) -> None:
    asked = ComparedQuestion.objects.bulk_create(
        ComparedQuestion(
            comparison=comparison,
            position=position,
            text=question.text,
            language=question.language,
            swapped=comparison.blind and random.random() < 0.5,  # noqa: S311 - a coin, no secret
        )
        for position, question in enumerate(questions, 1)
    )
    PromptAnswer.objects.bulk_create(PromptAnswer(asked=row, side=side) for row in asked for side in Side)


def _wake() -> None:
    from chat.tasks import compare_prompts

    compare_prompts.delay()


def cancel_comparison(comparison: PromptComparison, *, actor: Any) -> bool:
    """Its worker stops within moments; what was answered stays. False when it had ended before."""
    done = PromptComparison.objects.filter(pk=comparison.pk, state__in=UNFINISHED).update(
        state=ComparisonState.CANCELLED, finished_at=timezone.now(), worker="", lease_until=None
    )
    if done:
        logger.info("comparison %s cancelled by %s", comparison.pk, actor)
    return bool(done)


def reveal(comparison: PromptComparison, *, actor: Any) -> None:
    """Says which answer is whose, for everybody from now on."""
    PromptComparison.objects.filter(pk=comparison.pk).update(blind=False)
    logger.info("comparison %s revealed by %s", comparison.pk, actor)


def judge(asked: ComparedQuestion, verdict: str, *, actor: Any) -> None:
    """A person's verdict on the two answers; empty takes it back. Raises ValidationError with `verdict`."""
    if verdict and verdict not in Verdict.values:
        raise ValidationError({"verdict": _("Choose one of the two answers, or say that they are equally good.")})
    if verdict and asked.answers.exclude(state=AnswerState.DONE).exists():
        raise ValidationError({"verdict": _("Both sides must have answered first.")})
    judged_at = timezone.now() if verdict else None
    ComparedQuestion.objects.filter(pk=asked.pk).update(
        verdict=verdict, judged_by=actor if verdict else None, judged_at=judged_at
    )


def delete_comparison(comparison: PromptComparison, *, actor: Any) -> None:
    """With its answers; a worker that is at it stops."""
    logger.info("comparison %s deleted by %s", comparison.pk, actor)
    comparison.delete()

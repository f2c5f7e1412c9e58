"""What a person says of an answer."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.artifacts.models import Artifact
from chat.choices import Channel, TurnState
from chat.experience.choices import Thumb, known_type
from chat.experience.judging import lesson_of
from chat.experience.models import CORRECTION_LENGTH, INPUT_LENGTH, Experience
from chat.experience.recording import keeps_words, may_quote, words_of
from chat.memory import errors
from chat.memory.errors import MemoryRefused
from chat.memory.holders import Holder, holder_of_conversation
from chat.memory.models import MemoryAccount
from chat.memory.private import holds_secret
from chat.memory.words import clean
from chat.memory.writing import locked_account
from chat.models import Turn
from chat.pipeline.choices import StepKind, TaskType
from chat.pipeline.models import TurnStep
from integrations.services.environment import LOCAL_ANSWERS

logger = logging.getLogger(__name__)

# Where people talk with the assistant itself.
RATED_CHANNELS = (Channel.PAGE, Channel.ASSISTANT)
# Stars of a mini-page from which on it is good, and up to which it is bad.
GOOD_STARS, BAD_STARS = 4, 2


class NotRateable(Exception):
    """The answer is not finished, or no model has given it."""


class NotRemembered(Exception):
    """The person has switched memory off: nothing in words is kept of him."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A person's rating: -1, 0 or 1; `correction` is how the answer should have been."""

    rating: int = 0
    correction: str = ""


def is_rateable(turn: Turn) -> bool:
    return turn.state == TurnState.DONE and turn.model_key not in {"", LOCAL_ANSWERS}


def rating_of(turn: Turn) -> Rating:
    row = Experience.objects.filter(turn=turn).first()
    return Rating(row.thumb or 0, row.correction) if row else Rating()


@transaction.atomic
def rate_turn(turn: Turn, rating: int, *, correction: str | None = None, actor: Any) -> Rating:
    """The holder of the turn's conversation rates it: 1, -1, or 0 to take it back; `turn.conversation` is at hand.

    `correction` goes with -1; None leaves an earlier one. Raises NotRateable, NotRemembered, and MemoryRefused for a
    correction that may not be kept.
    """
    if not is_rateable(turn):
        raise NotRateable
    holder = holder_of_conversation(turn.conversation)
    if holder is None:
        raise NotRateable
    account = locked_account(holder)
    words = _correction(account, correction) if correction else correction
    row = Experience.objects.filter(turn=turn).first() or _unjudged(turn, holder, account)
    row.thumb = rating or None
    if rating != Thumb.DOWN:
        row.correction = ""
    elif words is not None:
        row.correction = words
    _save(row, keeps=keeps_words(account))
    logger.info("turn %s rated %d by %s", turn.pk, rating, actor)
    return Rating(rating, row.correction)


def _correction(account: MemoryAccount, text: str) -> str:
    if not keeps_words(account):
        raise NotRemembered
    if holds_secret(text):
        raise MemoryRefused(errors.SECRET)
    cleaned = clean(text)
    if len(cleaned) > CORRECTION_LENGTH:
        raise MemoryRefused(errors.TOO_LONG)
    return cleaned


def _unjudged(turn: Turn, holder: Holder, account: MemoryAccount) -> Experience:
    """The experience of an answer that no verifier has seen."""
    data = TurnStep.objects.filter(turn=turn, kind=StepKind.ANALYSIS).values_list("data", flat=True).first() or {}
    quoted = may_quote(account, turn.created_at)
    return Experience(
        turn=turn,
        task_type=known_type(str(data.get("task_type", ""))),
        user_input=words_of(turn.question.content, INPUT_LENGTH) if quoted else "",
        model_key=turn.model_key,
        language=str(turn.options.get("language", ""))[:8],
        **holder.fields,
    )


def _save(row: Experience, *, keeps: bool) -> None:
    """Stores a row that says something, and takes away one that says nothing any more."""
    row.rated_at = timezone.now() if row.thumb else None
    row.lesson = (
        lesson_of(
            verdict=row.verdict, score=row.score, problems=row.problems, thumb=row.thumb, correction=row.correction
        )
        if keeps
        else ""
    )
    if row.is_opinion:
        row.save()
    elif row.pk:
        row.delete()


@transaction.atomic
def note_stars(artifact: Artifact) -> None:
    """A mini-page's 1 to 5 stars as creative work that was good (from 4 on) or bad (up to 2)."""
    holder = _holder_of_page(artifact)
    account = locked_account(holder) if holder else None
    stars = artifact.rating or 0
    row = _experience_of_page(artifact, holder, account)
    row.thumb = Thumb.UP if stars >= GOOD_STARS else Thumb.DOWN if 0 < stars <= BAD_STARS else None
    row.correction = ""
    _save(row, keeps=account is not None and keeps_words(account))


def _holder_of_page(artifact: Artifact) -> Holder | None:
    if artifact.owner_id is not None:
        return Holder("owner", artifact.owner_id)
    return Holder("visitor", artifact.visitor_id) if artifact.visitor_id is not None else None


def _experience_of_page(artifact: Artifact, holder: Holder | None, account: MemoryAccount | None) -> Experience:
    """The row of the turn that made the page, else the page's own."""
    same = {"turn_id": artifact.turn_id} if artifact.turn_id else {"artifact": artifact}
    # Of a page that nobody owns there is no account that keeps two ratings apart.
    found = Experience.objects.select_for_update().filter(**same).first()
    if found is not None:
        return found
    quoted = account is not None and may_quote(account, artifact.created_at)
    return Experience(
        **same,
        task_type=TaskType.CREATIVE,
        user_input=words_of(artifact.task, INPUT_LENGTH) if quoted else "",
        model_key=artifact.model_key,
        language=artifact.language,
        **(holder.fields if holder else {}),
    )

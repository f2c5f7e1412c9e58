"""What the assistant would like to ask the caller: from gaps in what it knows of him, never from others' words."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.choices import Channel, TurnState
from chat.experience.models import Experience
from chat.memory.choices import Validation
from chat.memory.holders import Holder, holder_of
from chat.memory.models import Memory
from chat.memory.recall import account_state
from chat.models import Turn
from integrations.text.smalltalk import small_talk

# Characters of the caller's words that are repeated in a question.
QUOTED = 160
# Older answers are not come back to.
LATELY = timedelta(days=7)
# How many of the newest answers are looked at for one that found nothing.
LOOKED_AT = 5


def question_for(actor: Any) -> str | None:
    """The first of what there is to ask, in the active language; None without a gap, and for callers unknown."""
    holder = holder_of(actor)
    if holder is None:
        return None
    return _about_a_memory(holder) or _about_a_poor_answer(holder) or _about_a_missing_text(holder) or _name(holder)


def _about_a_memory(holder: Holder) -> str | None:
    waiting = Memory.objects.of(holder).filter(validation=Validation.PENDING)
    text = waiting.order_by("-created_at").values_list("text", flat=True).first()
    return _("Have I understood you right: “%(text)s”?") % {"text": _quoted(text)} if text else None


def _about_a_poor_answer(holder: Holder) -> str | None:
    """The person's thumb was down, and nobody knows yet what would have been right."""
    poor = Experience.objects.of(holder).filter(thumb=-1, correction="", created_at__gt=timezone.now() - LATELY)
    text = poor.exclude(user_input="").order_by("-created_at").values_list("user_input", flat=True).first()
    if not text:
        return None
    return _("My answer to “%(question)s” was no help. What should I have said?") % {"question": _quoted(text)}


def _about_a_missing_text(holder: Holder) -> str | None:
    """A question to which the knowledge base had nothing to say."""
    mine = {f"conversation__{name}": pk for name, pk in holder.fields.items()}
    turns = Turn.objects.filter(
        **mine,
        conversation__channel__in=[Channel.PAGE, Channel.ASSISTANT],
        state=TurnState.DONE,
        created_at__gt=timezone.now() - LATELY,
    )
    newest = turns.order_by("-created_at").values_list("question__content", "answer__metadata")[:LOOKED_AT]
    for question, metadata in newest:
        if _found_nothing(metadata) and not small_talk(question):
            text = _("I found no document about “%(question)s”. Where could I read more about it?")
            return text % {"question": _quoted(question)}
    return None


def _found_nothing(metadata: dict[str, Any]) -> bool:
    """Neither passages nor memories, and no page was made."""
    return not (metadata.get("sources") or metadata.get("memories") or metadata.get("artifact"))


def _name(holder: Holder) -> str | None:
    state = account_state(holder)
    if not settings.MEMORY_ENABLED or (state is not None and not state[0]):
        return None
    if Memory.objects.of(holder).exists():
        return None
    return _("I know nothing about you yet. What shall I call you, and what are you working on?")


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 1]}…"

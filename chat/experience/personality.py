"""The server's personality: what it is like by now, and how a prompt says so."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext_lazy as _

from chat.experience.models import Personality, TraitPoint
from chat.experience.traits import START, strengths_of
from chat.pipeline.choices import TaskType
from chat.prompts.live import render
from chat.prompts.registry import Variable, declare
from config.logging import mask
from integrations.remember import forget, remembered

logger = logging.getLogger(__name__)

# The one row.
THE_ONE = 1

declare(
    "persona",
    title=_("Personality"),
    purpose=_(
        "How the assistant speaks of itself, with what its work has made of it. It follows the assistant's prompt."
    ),
    text="""Your name is {name}. Speak of yourself in the first person, in {language}.
Invent no events, experiences or memories of your own; say so when you do not know something.
Never reveal anything private, neither of this person nor of anybody else.
Your traits, from 0 to 1, as your work has shaped them: {traits}.
{strengths}
{weaknesses}""",
    variables=[
        Variable("name", _("The assistant's name."), required=True),
        Variable("language", _("The language of the question, in English: English or Russian.")),
        Variable("traits", _("The traits with their values.")),
        Variable("strengths", _("A sentence about the kinds of work that go well; empty when there are none.")),
        Variable("weaknesses", _("A sentence about the kinds of work that need care; empty when there are none.")),
    ],
    max_length=4000,
)


@dataclass(frozen=True, slots=True)
class Character:
    """The personality at a moment; `strengths` and `weaknesses` are task types."""

    name: str
    version: int
    traits: dict[str, float] = field(default_factory=lambda: dict(START))
    strengths: list[str] = field(default_factory=list)
    weaknesses: list[str] = field(default_factory=list)


def character() -> Character:
    """As the newest measurement says; two queries."""
    one = Personality.objects.filter(pk=THE_ONE).first() or Personality()
    point = TraitPoint.objects.order_by("-day").first()
    if point is None:
        return Character(str(one), one.version)
    strengths, weaknesses = strengths_of(point.by_type)
    traits = {name: getattr(point, name) for name in START}
    return Character(str(one), one.version, traits, strengths, weaknesses)


def persona(language: str) -> str:
    """The part of a system prompt about the assistant itself; no person's words are in it."""
    now = remembered(("personality",), character)
    return render(
        "persona",
        name=now.name,
        language=get_language_info(language)["name"] if language in dict(settings.LANGUAGES) else "English",
        traits=", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in now.traits.items()),
        strengths=_sentence("You do well at this kind of work: {}.", now.strengths),
        weaknesses=_sentence("Take particular care with this kind of work: {}.", now.weaknesses),
    ).text.strip()


def _sentence(text: str, kinds: list[str]) -> str:
    """In the prompts' language; empty without kinds."""
    with override("en"):
        names = [str(TaskType(kind).label).lower() for kind in kinds]
    return text.format(", ".join(names)) if names else ""


@transaction.atomic
def the_personality() -> Personality:
    """The row, made at the first look."""
    return Personality.objects.get_or_create(pk=THE_ONE)[0]


def rename(name: str, *, actor: Any) -> None:
    """Another name, "" for the server's own; a change is a new version."""
    the_personality()
    changed = Personality.objects.filter(pk=THE_ONE).exclude(name=name).update(name=name, version=F("version") + 1)
    if changed:
        forget()
        logger.info("the assistant is called %s by %s", mask(name), actor)

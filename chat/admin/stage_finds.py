"""What the stages of a turn found, looked up once for all of them, as far as the reader may see it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.experience.models import Experience
from chat.experience.texts import lesson_text
from chat.memory.models import Memory
from chat.pipeline.models import TurnStep
from config.backoffice.display import count
from knowledge.models import Chunk, Document

# Of a text that only says what a link leads to.
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Find:
    """One thing; without `url` it cannot be opened, `gone` says that it is no more."""

    text: str
    url: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Finds:
    """All things of one kind. Who may not see them learns how many there were."""

    title: str
    number: str
    things: list[Find] = field(default_factory=list)


class Finder:
    """Passages, memories and lessons of a turn's stages; one query for each kind that the reader may see."""

    def __init__(self, steps: Iterable[TurnStep], reader: Any) -> None:
        wanted = {name: _ids(steps, name) for name in ("passages", "memories", "lessons")}
        may = {
            "passages": reader.has_perm("knowledge.view_document"),
            "memories": reader.has_perm("chat.view_memory"),
            "lessons": reader.has_perm("chat.view_experience"),
        }
        looks = {"passages": _passages, "memories": _memories, "lessons": _lessons}
        self._found = {name: looks[name](ids) if ids and may[name] else {} for name, ids in wanted.items()}
        self._may = may

    def of(self, data: dict[str, Any]) -> list[Finds]:
        """What one stage found, by its data."""
        titles = {"passages": _("Passages"), "memories": _("Memories"), "lessons": _("Lessons")}
        gone = {
            "passages": Find(_("replaced since"), gone=True),
            "memories": Find(_("erased"), gone=True),
            "lessons": Find(_("erased"), gone=True),
        }
        finds = []
        for name, title in titles.items():
            ids = _listed(data, name)
            things = [self._found[name].get(str(key), gone[name]) for key in ids] if self._may[name] else []
            if ids:
                finds.append(Finds(title, count(len(ids)), things))
        return finds


def _listed(data: Any, name: str) -> list[Any]:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _ids(steps: Iterable[TurnStep], name: str) -> set[str]:
    return {str(key) for step in steps for key in _listed(step.data, name)}


def _numbers(ids: Iterable[str]) -> list[int]:
    return [int(key) for key in ids if key.isdecimal() and len(key) < 19]


def _passages(ids: set[str]) -> dict[str, Find]:
    rows = Chunk.objects.filter(pk__in=_numbers(ids)).values_list("pk", "document", "document__title", "heading")
    return {str(pk): Find(_short(f"{title} › {heading}"), _url(Document, key)) for pk, key, title, heading in rows}


def _memories(ids: set[str]) -> dict[str, Find]:
    rows = Memory.objects.filter(pk__in=[key for key in ids if _is_uuid(key)]).values_list("pk", "text")
    return {str(pk): Find(_short(text), _url(Memory, pk)) for pk, text in rows}


def _lessons(ids: set[str]) -> dict[str, Find]:
    rows = Experience.objects.filter(pk__in=_numbers(ids)).values_list("pk", "lesson", "correction")
    return {
        str(pk): Find(_short(correction or lesson_text(lesson)), _url(Experience, pk))
        for pk, lesson, correction in rows
    }


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _url(model: Any, key: Any) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(name, args=[key]) if admin.site.is_registered(model) else ""

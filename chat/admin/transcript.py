"""A conversation as people read it: messages in order, each answer with what it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chat.admin.columns import holder_name
from chat.choices import TURN_COLOURS, MessageRole, TurnState
from chat.models import Conversation, Message, Turn
from config.backoffice.display import milliseconds_between

PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One message; `turn` is the turn that it answers."""

    message: Message
    author: str
    turn: Turn | None

    @property
    def is_answer(self) -> bool:
        return self.message.role == MessageRole.ASSISTANT

    @property
    def is_live(self) -> bool:
        return self.turn is not None and self.turn.is_active

    @property
    def state(self) -> str:
        return str(TurnState(self.turn.state).label) if self.turn else ""

    @property
    def colour(self) -> str:
        return TURN_COLOURS[TurnState(self.turn.state)] if self.turn else ""

    @property
    def duration_ms(self) -> float | None:
        return milliseconds_between(self.turn.started_at, self.turn.finished_at) if self.turn else None

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Where the answer was taken from: title, heading, url; addresses of our own pages and of the web only."""
        found = self.message.metadata.get("sources")
        listed = [source for source in found if isinstance(source, dict)] if isinstance(found, list) else []
        return [{**source, "url": _safe_url(source.get("url"))} for source in listed]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the transcript. `earlier` is the position before which more is to be read, or None."""

    entries: list[Entry]
    earlier: int | None

    @property
    def last(self) -> int:
        return self.entries[-1].message.position if self.entries else 0


def newest_page(conversation: Conversation, *, before: int | None = None) -> Page:
    """The last PAGE messages, or the PAGE ones before a position. Three queries however long they are."""
    messages = conversation.messages.order_by("-position")
    if before is not None:
        messages = messages.filter(position__lt=before)
    found = list(messages[: PAGE + 1])
    shown = list(reversed(found[:PAGE]))
    return Page(_entries(conversation, shown), shown[0].position if len(found) > PAGE else None)


def messages_after(conversation: Conversation, position: int) -> Page:
    """What has been added after `position`."""
    return Page(_entries(conversation, list(conversation.messages.filter(position__gt=position)[:PAGE])), None)


def _entries(conversation: Conversation, messages: Sequence[Message]) -> list[Entry]:
    turns = {turn.answer_id: turn for turn in Turn.objects.filter(answer__in=messages)}
    names = {MessageRole.USER.value: holder_name(conversation), MessageRole.SYSTEM.value: _("System")}
    return [Entry(message, names.get(message.role) or _("Assistant"), turns.get(message.pk)) for message in messages]


def _safe_url(url: Any) -> str:
    local = isinstance(url, str) and url.startswith("/") and not url.startswith("//")
    return url if local or (isinstance(url, str) and url.startswith(("https://", "http://"))) else ""

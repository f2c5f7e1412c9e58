"""A ticket's messages as people read them: in order, each with who wrote it and whether it has arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from tickets.choices import SEND_COLOURS, MessageKind, SendState
from tickets.models import Attachment, Ticket, TicketMessage

PAGE = 60
# Longer texts are folded: who wants the rest opens it.
LINES = 60
CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `shown` is its new text as far as it is not folded, `folded` the rest, `quoted` what it repeats."""

    message: TicketMessage
    author: str
    address: str
    shown: str
    folded: str
    quoted: str

    @property
    def is_ours(self) -> bool:
        """Written here, so in the Markdown of the desk."""
        return self.message.kind in {MessageKind.ANSWER, MessageKind.NOTE}

    @property
    def send_label(self) -> str:
        state = self.message.send_state
        return str(SendState(state).label) if state in SEND_COLOURS else ""

    @property
    def send_colour(self) -> str:
        return SEND_COLOURS[SendState(self.message.send_state)] if self.message.send_state in SEND_COLOURS else ""

    @property
    def attachments(self) -> list[Any]:
        return list(self.message.attachments.all())


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the conversation; `earlier` is the id before which there is more, or None."""

    entries: list[Entry]
    earlier: int | None

    @property
    def newest(self) -> int:
        return max((entry.message.pk for entry in self.entries), default=0)


def messages_of(ticket: Ticket) -> Any:
    rows = TicketMessage.objects.filter(ticket=ticket).select_related("author", "inbound")
    files = Prefetch("attachments", Attachment.objects.defer("text"))
    return rows.prefetch_related(files).annotate(has_html=~Q(html="")).defer("html")


def conversation(ticket: Ticket, *, before: int | None = None) -> Page:
    """The last PAGE messages, or those before the message `before`; two queries (three with `before`)."""
    rows = messages_of(ticket)
    if before is not None:
        place = TicketMessage.objects.filter(ticket=ticket, pk=before).values_list("sent_at", "pk").first()
        rows = rows.filter(sent_at__lte=place[0]).exclude(sent_at=place[0], pk__gte=place[1]) if place else rows.none()
    found = list(rows.order_by("-sent_at", "-pk")[: PAGE + 1])
    shown = list(reversed(found[:PAGE]))
    return Page(_entries(shown), shown[0].pk if len(found) > PAGE else None)


def news(ticket: Ticket, ids: Sequence[int]) -> list[Entry]:
    """These messages of the ticket, in order."""
    return _entries(list(messages_of(ticket).filter(pk__in=ids)))


def newest_spoken(ticket: Ticket) -> int:
    """The id of the newest message that is no note: what an answer must have been written in sight of; 0 for none."""
    spoken = TicketMessage.objects.filter(ticket=ticket).exclude(kind=MessageKind.NOTE)
    return spoken.order_by("-pk").values_list("pk", flat=True).first() or 0


def _entries(messages: Sequence[TicketMessage]) -> list[Entry]:
    return [_entry(message) for message in messages]


def _entry(message: TicketMessage) -> Entry:
    author = author_of(message)
    address = message.sender_address if message.sender_address != author else ""
    shown, folded = fold(message.new_text or message.text)
    return Entry(message, author, address, shown, folded, quoted_part(message))


def author_of(message: TicketMessage) -> str:
    if message.author is not None:
        return message.author.display_name
    if message.by_ai:
        return _("AI")
    return message.sender_name or message.sender_address or str(MessageKind(message.kind).label)


def fold(text: str) -> tuple[str, str]:
    """What is shown at once and what is folded away; together they are the text."""
    lines = text.splitlines(keepends=True)
    head = "".join(lines[:LINES])[:CHARACTERS]
    rest = text[len(head) :]
    return (text, "") if len(rest.strip()) < CHARACTERS // 10 and len(lines) < LINES + 10 else (head, rest)


def quoted_part(message: TicketMessage) -> str:
    """The whole text where something of it is left out above: quotes and signatures stand between the lines."""
    whole, new = message.text.strip(), message.new_text.strip()
    return "" if not new or whole == new else whole

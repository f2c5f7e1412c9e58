"""One mail and all that a decision on it looks at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings

from chat.language import language_of
from tickets.choices import AnswerKind, MessageKind
from tickets.models import Attachment, Mailbox, Ticket, TicketMessage, Triage
from tickets.triage.attachments import FileText, texts_of

# Messages of the ticket that are looked at, the newest ones; characters of the customer's that are not answered yet.
MESSAGES = 20
LONGEST_TEXT = 30_000
LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier message of the conversation; `who` is `customer` or `desk`."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is decided on. `text` is all that the customer has written since our last answer, without quotations."""

    triage: Triage
    message: TicketMessage
    ticket: Ticket
    mailbox: Mailbox
    text: str
    language: str
    earlier: Sequence[Said] = ()
    attachments: Sequence[FileText] = ()
    # The last word of ours was a question for details, which no person asked.
    has_been_asked: bool = False
    is_first: bool = True

    @property
    def subject(self) -> str:
        return self.message.subject or self.ticket.subject

    @property
    def own_subject(self) -> str:
        """The subject where the customer has written it: an answer carries the one it answers to."""
        return self.subject if self.is_first else ""

    @property
    def said(self) -> str:
        """The customer's own words."""
        return f"{self.own_subject}\n{self.text}".strip()

    @property
    def customer_name(self) -> str:
        return self.message.sender_name or self.ticket.customer.name

    @property
    def scope(self) -> str:
        """Who asks the knowledge base."""
        return f"tickets:{self.mailbox.pk}"


@dataclass(slots=True)
class _Conversation:
    unanswered: list[TicketMessage] = field(default_factory=list)
    earlier: list[TicketMessage] = field(default_factory=list)


def case_of(triage: Triage) -> Case:
    """Two queries at most, and what attachments take that nobody has read yet."""
    message, ticket = triage.message, triage.ticket
    message.ticket = ticket
    talk = _conversation(message)
    text = "\n\n".join(_new_text(one) for one in talk.unanswered)[-LONGEST_TEXT:].strip()
    ours = [one for one in talk.earlier if one.kind == MessageKind.ANSWER]
    last = ours[-1] if ours else None
    return Case(
        triage=triage,
        message=message,
        ticket=ticket,
        mailbox=triage.mailbox,
        text=text,
        language=_language(message, text, ticket, triage.mailbox),
        earlier=[
            Said("desk" if one.kind == MessageKind.ANSWER else "customer", _new_text(one)) for one in talk.earlier
        ],
        attachments=texts_of(_files(talk.unanswered)),
        has_been_asked=last is not None and last.by_ai and last.answer_kind == AnswerKind.QUESTION,
        is_first=not talk.earlier and len(talk.unanswered) == 1,
    )


def _conversation(message: TicketMessage) -> _Conversation:
    """Mails and answers up to the one that is decided on; those of the customer since our last answer apart."""
    if message.ticket.message_count <= 1:
        return _Conversation([message])
    rows = TicketMessage.objects.filter(ticket=message.ticket_id, kind__in=[MessageKind.CUSTOMER, MessageKind.ANSWER])
    newest = rows.defer("html", "references").order_by("-created_at", "-id")[:MESSAGES]
    talk = _Conversation()
    for one in reversed(newest):
        if one.pk != message.pk and one.created_at > message.created_at:
            continue
        if one.kind == MessageKind.ANSWER:
            talk.earlier += [*talk.unanswered, one]
            talk.unanswered = []
        else:
            talk.unanswered.append(one)
    if message.pk not in {one.pk for one in talk.unanswered}:
        talk.unanswered.append(message)
    return talk


def _new_text(message: TicketMessage) -> str:
    return (message.new_text or message.text).strip()


def _files(messages: Sequence[TicketMessage]) -> list[Attachment]:
    if len(messages) == 1:
        # Whoever claimed some mails together has asked for the files of all of them.
        return [file for file in messages[0].attachments.all() if not file.inline]
    return list(Attachment.objects.filter(message__in=[one.pk for one in messages], inline=False).order_by("id"))


def _language(message: TicketMessage, text: str, ticket: Ticket, mailbox: Mailbox) -> str:
    known = (
        message.language,
        language_of(text, default=""),
        ticket.language,
        ticket.customer.language,
        mailbox.language,
    )
    return next((one for one in known if one in LANGUAGES), settings.LANGUAGE_CODE[:2])

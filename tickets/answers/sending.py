"""Sending an answer: the message, its delivery and the ticket's new state in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.mail import message as mails
from integrations.mail.services import send_mail
from integrations.models import Delivery
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.services import Order
from tickets.answers import files
from tickets.answers.addressing import Envelope, envelope, language_of, newest_mail
from tickets.answers.body import Body, compose
from tickets.answers.files import StoredFile
from tickets.choices import AnswerKind, DraftState, EventBy, EventKind, MessageKind, SendState, TicketState
from tickets.errors import NotPossible
from tickets.models import CannedAnswer, Draft, Ticket, TicketMessage, Triage
from tickets.services.events import locked, record, take_over, touch
from tickets.threading import keys

LONGEST_ANSWER = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `send_answer` was asked for."""

    text: str
    actor: Any
    answered: TicketMessage | None
    kind: AnswerKind
    triage: Triage | None
    draft: Draft | None
    cc: Iterable[str]
    by: EventBy
    key: str

    @property
    def is_by_ai(self) -> bool:
        """Also when a person has approved the very words of a model."""
        draft = self.draft
        return self.by == EventBy.AI or (draft is not None and draft.triage_id is not None and draft.text == self.text)


def send_answer(
    *,
    ticket: Ticket,
    text: str,
    actor: Any = None,
    in_answer_to: TicketMessage | None = None,
    kind: AnswerKind = AnswerKind.ANSWER,
    triage: Triage | None = None,
    draft: Draft | None = None,
    cc: Iterable[str] = (),
    attachments: Iterable[Any] = (),
    canned: CannedAnswer | None = None,
    by: EventBy = EventBy.PERSON,
    key: str = "",
    is_locked: bool = False,
) -> TicketMessage:
    """Writes and sends one answer to the customer; `text` is Markdown, `attachments` are uploads.

    With a `key` that was used before, the answer of then is returned and nothing happens. Without `actor` it is
    automatic: it says so in its headers, and is refused when the same mail has been answered (`answered_meanwhile`).
    `canned` does with the ticket what it is set up to. `is_locked`: the caller holds `ticket` in its transaction,
    and the key is new. Raises NotPossible with the field that is in the way.
    """
    text = checked(text)
    if not is_locked and (known := _known(key)) is not None:
        return known
    wanted = Wanted(
        text=text, actor=actor, answered=in_answer_to, kind=kind, triage=triage, draft=draft, cc=cc, by=by, key=key
    )
    stored = files.store(ticket, attachments)
    try:
        return _send(ticket, wanted, stored, canned, is_locked=is_locked)
    except BaseException:
        files.discard(stored)
        raise


def checked(text: str) -> str:
    """The text without what no database keeps; raises NotPossible (`text`)."""
    text = text.replace("\x00", "")
    if not text.strip():
        raise NotPossible("text", "empty")
    if len(text) > LONGEST_ANSWER:
        raise NotPossible("text", "too_long")
    return text


@transaction.atomic
def _send(
    ticket: Ticket, wanted: Wanted, stored: Sequence[StoredFile], canned: CannedAnswer | None, *, is_locked: bool
) -> TicketMessage:
    row = ticket if is_locked else locked(ticket.pk)
    if not is_locked and (known := _known(wanted.key)) is not None:
        # Another call with this key was quicker.
        files.discard(stored)
        return known
    message = _written(row, wanted, stored)
    _settle(row, message, wanted)
    if canned is not None:
        _apply(canned, row, wanted.actor)
    if row is not ticket:
        take_over(ticket, row)
    return message


def _known(key: str) -> TicketMessage | None:
    return TicketMessage.objects.filter(key=key).first() if key else None


def _written(ticket: Ticket, wanted: Wanted, stored: Sequence[StoredFile]) -> TicketMessage:
    refuse(ticket)
    answered = wanted.answered or newest_mail(ticket)
    if wanted.actor is None and answered is not None and _was_answered(ticket, answered):
        raise NotPossible("ticket", "answered_meanwhile")
    language = language_of(ticket, answered)
    head = envelope(ticket, answered, language=language, cc=wanted.cc)
    body = compose(wanted.text, mailbox=ticket.mailbox, language=language, answered=answered)
    message = TicketMessage(
        kind=MessageKind.ANSWER,
        answer_kind=wanted.kind,
        author=wanted.actor,
        by_ai=wanted.is_by_ai,
        in_answer_to=answered,
        key=wanted.key or None,
        language=language,
    )
    return dispatch(ticket, message, head, body, text=wanted.text, stored=stored)


def refuse(ticket: Ticket) -> None:
    """Raises NotPossible for tickets to which nothing can be sent."""
    if ticket.state == TicketState.MERGED:
        raise NotPossible("ticket", "merged")
    if ticket.customer.erased_at is not None:
        raise NotPossible("ticket", "erased")


def _was_answered(ticket: Ticket, answered: TicketMessage) -> bool:
    """By whomever in answer to this mail, or by a person after it came."""
    if ticket.last_answered_at is None:
        return False
    rows = ticket.messages.filter(kind=MessageKind.ANSWER)
    later = Q(author__isnull=False, created_at__gte=answered.created_at)
    return bool(rows.filter(Q(in_answer_to=answered) | later).exists())


def dispatch(
    ticket: Ticket,
    message: TicketMessage,
    head: Envelope,
    body: Body,
    *,
    text: str,
    stored: Sequence[StoredFile] = (),
) -> TicketMessage:
    """Saves a message of ours with the delivery that carries it; whoever answers it comes to the ticket."""
    message.ticket = ticket
    message.sender_name, message.sender_address = ticket.mailbox.sender_name, ticket.mailbox.address
    message.to, message.cc, message.subject = [head.to], head.cc, head.subject
    message.references = head.references
    message.text = message.new_text = text
    message.html = body.shown
    message.send_state = SendState.QUEUED
    message.sent_at = timezone.now()
    message.delivery = _enqueued(ticket, message, head, body, stored)
    message.message_id = mails.own_message_id(message.delivery.pk, mails.sender_of(message.delivery.payload))
    message.save()
    files.attach(message, stored)
    keys.own(message)
    return message


def _enqueued(
    ticket: Ticket, message: TicketMessage, head: Envelope, body: Body, stored: Sequence[StoredFile]
) -> Delivery:
    automatic: mails.Automatic = "generated" if message.kind == MessageKind.SYSTEM else "replied"
    mail = mails.Mail(
        to=[head.to],
        cc=head.cc,
        subject=head.subject,
        text=body.text,
        html=body.html,
        sender=head.sender,
        reply_to=head.reply_to,
        in_reply_to=head.in_reply_to,
        references=head.references,
        automatic="no" if message.author is not None else automatic,
        # Not nowhere, as automatic answers may (RFC 3834, 3.3): nothing that comes back there is answered, and a
        # customer whom an answer did not reach is still waiting.
        sender_envelope=head.return_path,
        attachments=[
            mails.Attachment(path=file.path, name=file.name, content_type=file.content_type) for file in stored
        ],
    )
    # The key has just been made with the message.
    order = Order(
        key=f"ticket-answer:{message.uuid}", source=f"ticket:{ticket.uuid}", actor=message.author, is_new=True
    )
    try:
        return send_mail(mail, order)
    except InvalidMessage as error:
        raise NotPossible(error.field, "invalid", error.text) from error


def _settle(ticket: Ticket, message: TicketMessage, wanted: Wanted) -> None:
    """The ticket after an answer: whose turn it is, since when, and no draft beside it."""
    now = message.sent_at
    ticket.state = TicketState.ANSWERED if wanted.kind == AnswerKind.ANSWER else TicketState.WAITING
    ticket.waiting_since = ticket.closed_at = ticket.verified_at = None
    ticket.first_answered_at = ticket.first_answered_at or now
    ticket.last_answered_at = ticket.last_message_at = now
    ticket.message_count += 1
    supersede_drafts(ticket, besides=wanted.draft)
    touch(
        ticket, "state", "waiting_since", "closed_at", "verified_at", "first_answered_at", "last_answered_at",
        "last_message_at", "message_count", "has_draft",
    )  # fmt: skip
    grounds = {"draft": wanted.draft, "triage": wanted.triage}
    said = {name: str(row.pk) for name, row in grounds.items() if row is not None}
    record(ticket, EventKind.ANSWERED, by=wanted.by, actor=wanted.actor, message=message, answer=wanted.kind, **said)


def supersede_drafts(ticket: Ticket, *, besides: Draft | None = None) -> None:
    """Open drafts are overtaken; the caller saves `has_draft` of the ticket."""
    if not ticket.has_draft:
        return
    rows = ticket.drafts.filter(state=DraftState.OPEN)
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    rows.update(state=DraftState.SUPERSEDED, reviewed_at=timezone.now())
    ticket.has_draft = False


def _apply(canned: CannedAnswer, ticket: Ticket, actor: Any) -> None:
    from tickets.answers.canned import apply

    apply(canned, ticket, actor=actor)

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from tickets.addresses import OwnAddresses, comparable
from tickets.choices import EventBy, EventKind, MessageKind, MoveKind, TicketChannel, TicketState
from tickets.models import Customer, InboundMail, Mailbox, ThreadKey, Ticket, TicketMessage
from tickets.services import incoming
from tickets.services.customers import customer_of
from tickets.services.events import record
from tickets.services.mailboxes import default_mailbox
from tickets.services.moving import final_ticket, join
from tickets.threading import lock, subjects, tokens
from tickets.threading.keys import Keys, keys_of
from tickets.threading.separation import joinable

if TYPE_CHECKING:
    from tickets.mime.mail import ParsedMail
    from tickets.mime.quoting import Split

# Of the messages of a long ticket, the newest ones say who takes part.
MESSAGES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Placed:
    """`is_new`: the mail opened the ticket. `joined`: tickets that became part of it because of this mail."""

    ticket: Ticket
    message: TicketMessage
    is_new: bool
    joined: tuple[int, ...] = ()


def place(
    mail: "ParsedMail",
    *,
    inbound: InboundMail | None,
    own: OwnAddresses,
    split: "Split",
    language: str = "",
    kind: MessageKind = MessageKind.CUSTOMER,
    channel: TicketChannel = TicketChannel.MAIL,
    delivered_to: Sequence[str] = (),
    attachments: Callable[[TicketMessage], object] | None = None,
) -> Placed:
    """The message of the mail in its ticket, in the caller's transaction; threads that it connects become one.

    `delivered_to` is the envelope's, where it is known; `attachments` stores what the message came with.
    """
    keys = keys_of(mail, own)
    lock.hold(keys.people)
    mailbox = mailbox_of(mail, own, delivered_to)
    found = _tickets(mail, keys, delivered_to)
    ticket = found[0] if found else _opened(mail, keys, mailbox, kind=kind, channel=channel, language=language)
    joined = _join(ticket, found[1:])
    survivor = final_ticket(ticket)
    is_stranger = bool(found) and _is_stranger(survivor, mail)
    message = _message(mail, survivor, inbound, split=split, language=language, kind=kind)
    if attachments is not None:
        attachments(message)
    if is_stranger:
        TicketMessage.objects.filter(pk=message.pk).update(is_new_participant=True)
        message.is_new_participant = True
    claim(survivor, keys, message)
    if found and kind == MessageKind.CUSTOMER and subjects.is_another_matter(mail.subject, survivor.subject):
        survivor.split_suggested = True
    incoming.arrived(survivor, message, is_new=not found)
    return Placed(survivor, message, not found, tuple(joined))


def mailbox_of(mail: "ParsedMail", own: OwnAddresses, delivered_to: Sequence[str] = ()) -> Mailbox:
    """The first of our mailboxes that the mail was delivered or written to, else the one for all other mail."""
    ours = (own.mailbox_of(address) for address in (*_written_to(mail, delivered_to), mail.sender.email) if address)
    return next((mailbox for mailbox in ours if mailbox is not None), None) or own.fallback or default_mailbox()


def claim(ticket: Ticket, keys: Keys, message: TicketMessage | None) -> None:
    """Later mails with one of the keys find this ticket; keys of others stay theirs."""
    rows = [ThreadKey(digest=digest, ticket=ticket, message=message) for digest in sorted(set(keys.shared))]
    ThreadKey.objects.bulk_create(rows, ignore_conflicts=True)


def known_ticket(mail: "ParsedMail", own: OwnAddresses, delivered_to: Sequence[str] = ()) -> Ticket | None:
    """The ticket that the mail would come to, where there is one."""
    return next(iter(_tickets(mail, keys_of(mail, own), delivered_to)), None)


def _written_to(mail: "ParsedMail", delivered_to: Sequence[str]) -> list[str]:
    """The envelope first: it knows better than the headers."""
    return [*delivered_to, *mail.delivered_to, *(address.email for address in (*mail.to, *mail.cc))]


def _tickets(mail: "ParsedMail", keys: Keys, delivered_to: Sequence[str]) -> list[Ticket]:
    """The present tickets that the mail belongs to, the one it answers most directly first."""
    signed = [tokens.ticket_of_addresses(_written_to(mail, delivered_to)), tokens.ticket_of_subject(mail.subject)]
    wanted = [*keys.given, *keys.shared]
    by_digest = dict(ThreadKey.objects.filter(digest__in=wanted).values_list("digest", "ticket_id"))
    numbers = [number for number in signed if number] + [by_digest[digest] for digest in wanted if digest in by_digest]
    rows = Ticket.objects.in_bulk(list(dict.fromkeys(numbers)))
    present = [final_ticket(rows[number]) for number in dict.fromkeys(numbers) if number in rows]
    return list({ticket.pk: ticket for ticket in present}.values())


def _opened(
    mail: "ParsedMail", keys: Keys, mailbox: Mailbox, *, kind: MessageKind, channel: TicketChannel, language: str
) -> Ticket:
    customer = _customer(mail, keys, kind, language)
    ticket = Ticket.objects.create(
        subject=mail.subject[:998],
        mailbox=mailbox,
        customer=customer,
        channel=channel,
        language=language,
        state=TicketState.NEW,
    )
    record(ticket, EventKind.CREATED, by=EventBy.CUSTOMER if kind == MessageKind.CUSTOMER else EventBy.SYSTEM)
    return ticket


def _customer(mail: "ParsedMail", keys: Keys, kind: MessageKind, language: str) -> Customer:
    """Who wrote; of a mail that we sent, the first one whom it went to."""
    if kind != MessageKind.ANSWER:
        return customer_of(mail.sender.email, name=mail.sender.name, language=language)
    names = {comparable(address.email): address.name for address in (*mail.to, *mail.cc)}
    first = next((address for address in names if address in keys.people), keys.people[0])
    return customer_of(first, name=names.get(first, ""), language=language)


def _join(ticket: Ticket, others: Sequence[Ticket]) -> list[int]:
    """The oldest number stays; tickets that a person has parted are left apart."""
    joined = []
    for other in others:
        now = final_ticket(ticket)
        if other.pk == now.pk or not joinable(now, other):
            continue
        first, second = sorted((now, other), key=lambda row: row.pk)
        join(second, first, kind=MoveKind.THREAD)
        joined.append(second.pk)
    return joined


def _is_stranger(ticket: Ticket, mail: "ParsedMail") -> bool:
    sender = comparable(mail.sender.email)
    rows = ticket.messages.exclude(kind=MessageKind.NOTE).order_by("-id")[:MESSAGES_LOOKED_AT]
    for row in rows.values("sender_address", "reply_to", "to", "cc"):
        people = (row["sender_address"], row["reply_to"], *row["to"], *row["cc"])
        if any(comparable(str(person)) == sender for person in people):
            return False
    return not ticket.customer.addresses.filter(address=sender).exists()


def _message(
    mail: "ParsedMail",
    ticket: Ticket,
    inbound: InboundMail | None,
    *,
    split: "Split",
    language: str,
    kind: MessageKind,
) -> TicketMessage:
    now = timezone.now()
    arrived = inbound.received_at if inbound is not None else now
    return TicketMessage.objects.create(
        ticket=ticket,
        kind=kind,
        inbound=inbound,
        sender_name=mail.sender.name[:200],
        sender_address=comparable(mail.sender.email),
        reply_to=comparable(mail.reply_to[0].email) if mail.reply_to else "",
        to=[comparable(address.email) for address in mail.to if address.email][:100],
        cc=[comparable(address.email) for address in mail.cc if address.email][:100],
        subject=mail.subject[:998],
        message_id=mail.message_id[:998],
        references=list(mail.references),
        text=mail.text,
        new_text=split.new,
        html=mail.html,
        language=language,
        sent_at=min(mail.date, arrived) if mail.date else arrived,
    )

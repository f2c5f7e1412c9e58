"""Whom an answer goes to, whom it comes from, and where in the thread it stands."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from itertools import chain

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from integrations.mail.addresses import CONTROLS, bare, mailboxes
from integrations.outbox.errors import InvalidMessage
from tickets.addresses import OwnAddresses, comparable
from tickets.choices import MessageKind
from tickets.errors import NotPossible
from tickets.models import Mailbox, Ticket, TicketMessage
from tickets.threading import tokens

# Mail programs in many languages put their own word before a subject; ours stands there once.
PREFIX = re.compile(
    r"^(?:\s*(?:re|aw|sv|antw|fwd?|wg|отв|ответ|на|пер|пересл)\s*(?:\[\d+\]|\(\d+\))?\s*:)+\s*", re.IGNORECASE
)
MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,890}>")
LONGEST_SUBJECT = 900
LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The head of an answer. `return_path` gets what comes back from mail servers."""

    sender: str
    to: str
    cc: list[str]
    reply_to: list[str]
    return_path: str
    subject: str
    in_reply_to: str
    references: list[str]


def envelope(
    ticket: Ticket, answered: TicketMessage | None, *, language: str, cc: Iterable[str] = (), subject: str = ""
) -> Envelope:
    """Raises NotPossible (`to`, `cc`) when there is nobody to write to."""
    own, box = OwnAddresses(), ticket.mailbox
    to = recipient(ticket, answered, own)
    reply_to = tokens.plus_address(box, ticket) if settings.TICKET_PLUS_ADDRESSES else box.address
    return Envelope(
        sender=sender_of(box),
        to=to,
        cc=copies(cc, own, besides=to),
        reply_to=[reply_to],
        return_path=reply_to,
        subject=subject_of(ticket, language=language, text=subject),
        in_reply_to="".join(_ids([answered.message_id])) if answered else "",
        references=_ids([*answered.references, answered.message_id]) if answered else [],
    )


def newest_mail(ticket: Ticket) -> TicketMessage | None:
    """The customer's newest message, which an answer to the ticket is an answer to."""
    found: TicketMessage | None = ticket.messages.filter(kind=MessageKind.CUSTOMER).order_by("-sent_at", "-pk").first()
    return found


def recipient(ticket: Ticket, answered: TicketMessage | None, own: OwnAddresses) -> str:
    """By the headers of the mail alone, whatever its text says; never one of our own addresses."""
    named = [answered.reply_to, answered.sender_address] if answered else []
    for address in chain(named, _addresses(ticket)):
        if address and address not in own and _can_be_written_to(address):
            return str(address)
    raise NotPossible("to", "no_recipient")


def _addresses(ticket: Ticket) -> Iterator[str]:
    """Asked for only when the mail itself names nobody."""
    yield from ticket.customer.addresses.values_list("address", flat=True)


def copies(addresses: Iterable[str], own: OwnAddresses, *, besides: str) -> list[str]:
    """Without our own addresses, the recipient and repetitions; raises NotPossible for what is no address."""
    try:
        found = mailboxes("cc", [address for address in addresses if address.strip()])
    except InvalidMessage as error:
        raise NotPossible("cc", "invalid", error.text) from error
    by_address = {comparable(bare(address)): address for address in reversed(found)}
    kept = {key: value for key, value in by_address.items() if key not in own and key != comparable(besides)}
    return list(reversed(kept.values()))


def sender_of(box: Mailbox) -> str:
    """`Name <address>`, whatever letters the name has."""
    name = "".join(letter for letter in box.sender_name or box.name if letter not in CONTROLS)
    local, _at, domain = box.address.rpartition("@")
    try:
        return str(Address(name, local, domain))
    except (ValueError, IndexError):
        # No address that mails can come from: the outbox says so, naming the field.
        return box.address


def subject_of(ticket: Ticket, *, language: str, text: str = "") -> str:
    """`Re: subject [#token]`: one prefix and one token, however often the mail has gone to and fro."""
    plain = "".join(" " if letter in CONTROLS else letter for letter in text or ticket.subject)
    base = PREFIX.sub("", tokens.without_tokens(plain)).strip()[:LONGEST_SUBJECT]
    if not base:
        with translation.override(language):
            base = _("Your message to us")
    return f"{base if text else f'Re: {base}'} {tokens.subject_token(ticket)}"


def language_of(ticket: Ticket, answered: TicketMessage | None) -> str:
    """The customer's, else the mailbox's; one that the desk speaks."""
    known = (answered.language if answered else "", ticket.language, ticket.customer.language, ticket.mailbox.language)
    spoken = (code.partition("-")[0].lower() for code in known)
    return next((code for code in spoken if code in LANGUAGES), LANGUAGES[0])


def _can_be_written_to(address: str) -> bool:
    try:
        mailboxes("to", [address])
    except InvalidMessage:
        return False
    return True


def _ids(values: Iterable[str]) -> list[str]:
    """Ids of other people's mail programs that fit into headers; the others would only break ours."""
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and MESSAGE_ID.fullmatch(value)))

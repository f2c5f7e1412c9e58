"""Ticket numbers that only we can have written: in the subject, and behind the plus of our address."""

import base64
import re
from collections.abc import Iterable

from django.utils.crypto import constant_time_compare, salted_hmac

from tickets.addresses import without_tag
from tickets.models import Mailbox, Ticket

SALT = "tickets.threading.tokens"
SIGNS = 10
IN_SUBJECT = re.compile(r"\[#(\d{1,15})-([a-z2-7]{10})\]", re.IGNORECASE)
IN_ADDRESS = re.compile(r"t(\d{1,15})-([a-z2-7]{10})", re.IGNORECASE)


def subject_token(ticket: Ticket) -> str:
    """`[#1042-abcdefghij]`"""
    return f"[#{ticket.pk}-{_signature(ticket.pk)}]"


def plus_address(mailbox: Mailbox, ticket: Ticket) -> str:
    """`support+t1042-abcdefghij@example.com`"""
    local, _at, domain = without_tag(mailbox.address)[0].rpartition("@")
    return f"{local}+t{ticket.pk}-{_signature(ticket.pk)}@{domain}"


def ticket_of_subject(subject: str) -> int | None:
    """The number of the first token that is signed by us."""
    return _first(IN_SUBJECT.findall(subject))


def ticket_of_addresses(addresses: Iterable[str]) -> int | None:
    tags = (without_tag(address)[1] for address in addresses)
    return _first(match.groups() for tag in tags if (match := IN_ADDRESS.fullmatch(tag)))


def without_tokens(subject: str) -> str:
    return " ".join(IN_SUBJECT.sub(" ", subject).split())


def _first(found: Iterable[Iterable[str]]) -> int | None:
    for number, signature in found:
        if constant_time_compare(signature.lower(), _signature(int(number))):
            return int(number)
    return None


def _signature(number: int) -> str:
    """50 bits in letters that survive servers which write addresses in small letters."""
    digest = salted_hmac(SALT, str(number), algorithm="sha256").digest()
    return base64.b32encode(digest).decode().lower()[:SIGNS]

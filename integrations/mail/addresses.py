"""Addresses and header values that cannot smuggle anything into a message."""

import email.policy
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from typing import Any

from django.utils.encoding import punycode

from integrations.outbox.errors import InvalidMessage

LONGEST_SUBJECT = 998
CONTROLS = frozenset(map(chr, range(32))) | {"\x7f"}


def one_line(field: str, value: Any, *, longest: int = LONGEST_SUBJECT) -> str:
    """The text, which must not hold control characters: a line break would begin another header."""
    if not isinstance(value, str):
        raise InvalidMessage(field, "must be text")
    if not CONTROLS.isdisjoint(value):
        raise InvalidMessage(field, "must not hold line breaks or control characters")
    if len(value) > longest:
        raise InvalidMessage(field, f"is longer than {longest} characters")
    return value


def mailbox(field: str, value: Any) -> str:
    """One address, with or without a name, normalised; raises InvalidMessage."""
    text = one_line(field, value, longest=320).strip()
    parsed: Any = AddressHeader.value_parser(text)
    found = parsed.all_mailboxes
    if len(found) != 1 or parsed.all_defects or not found[0].domain:
        raise InvalidMessage(field, "must be one e-mail address")
    box = found[0]
    if not box.local_part.isascii():
        raise InvalidMessage(field, "has letters before the @ that mail servers do not accept")
    try:
        return str(Address(box.display_name or "", box.local_part, _domain(box.domain)))
    except (ValueError, IndexError) as error:
        raise InvalidMessage(field, "must be one e-mail address") from error


def mailboxes(field: str, values: Any) -> list[str]:
    if isinstance(values, str):
        values = [values]
    if not isinstance(values, list | tuple):
        raise InvalidMessage(field, "must be a list of e-mail addresses")
    return [mailbox(field, value) for value in values]


def bare(address: str) -> str:
    """`a@b.c` of a mailbox that `mailbox` returned."""
    box: Any = AddressHeader.value_parser(address).all_mailboxes[0]
    return str(box.addr_spec)


def domain_of(address: str) -> str:
    return bare(address).rpartition("@")[2]


def message_id(field: str, value: Any) -> str:
    """`<left@right>` as other people's mail programs write it, which is seldom by the book."""
    text = one_line(field, value, longest=900).strip()
    if not (text.startswith("<") and text.endswith(">")) or set(text[1:-1]) & set("<> "):
        raise InvalidMessage(field, "must look like <left@right>")
    return text


def _domain(domain: str) -> str:
    return domain if domain.isascii() else str(punycode(domain))


def fits_headers(fields: dict[str, str]) -> None:
    """The library's own opinion on header values, before a row is written; raises InvalidMessage."""
    probe = EmailMessage(policy=email.policy.SMTP)
    for name, value in fields.items():
        try:
            probe[name] = value
        except (ValueError, IndexError) as error:
            raise InvalidMessage(name.lower(), "is no valid header") from error

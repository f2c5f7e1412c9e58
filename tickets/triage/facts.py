"""What rules of the desk may ask about a mail: the fields, and their values."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.text.tokens import normalise, tokens
from tickets.models import BusinessHours, Ticket
from tickets.triage.case import Case

# Characters that are looked at; what comes after them is hardly what the mail is about.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Field:
    """`type` is one of the rules' types; `is_list` says that each of its elements is asked."""

    type: str
    meaning: str | Promise
    is_list: bool = False


FIELDS: dict[str, Field] = {
    "subject": Field("string", _("The subject, as written.")),
    "body": Field("string", _("What the customer has newly written, without quotations.")),
    "text": Field("string", _("Subject and new text in lower case, with е for ё.")),
    "phrases": Field("string", _("Subject, new text and attachments by base forms: any form of the words matches.")),
    "from": Field("string", _("The sender's address, in lower case.")),
    "from_name": Field("string", _("The sender's name.")),
    "domain": Field("string", _("What follows the @ of the sender's address.")),
    "to": Field("string", _("The addresses that the mail went to."), is_list=True),
    "language": Field("string", _("The mail's language: en or ru.")),
    "mailbox": Field("string", _("The mailbox's address.")),
    "topic": Field("string", _("The key of the ticket's topic.")),
    "tags": Field("string", _("The ticket's tags."), is_list=True),
    "customer_tags": Field("string", _("The tags of all tickets of the customer."), is_list=True),
    "has_attachments": Field("boolean", _("Whether files are attached.")),
    "attachment_names": Field("string", _("The names of the files, in lower case."), is_list=True),
    "words": Field("integer", _("How many words the new text has.")),
    "hour": Field("integer", _("The hour of arrival, 0 to 23, in the time zone of the mailbox's office hours.")),
    "weekday": Field("integer", _("The day of arrival: 1 is Monday, 7 is Sunday.")),
    "is_first": Field("boolean", _("Whether the ticket begins with this mail.")),
    "message_count": Field("integer", _("How many messages the ticket has.")),
    "is_new_participant": Field("boolean", _("Whether the sender is new in the conversation.")),
}


def folded(text: str) -> str:
    """Lower case, е for ё, single blanks, and one at each end."""
    visible = "".join(letter for letter in text[:LONGEST] if unicodedata.category(letter) != "Cf")
    return f" {' '.join(normalise(visible).split())} "


def based(text: str) -> str:
    """The base forms of the words, stop words left out, between single blanks."""
    visible = "".join(letter for letter in text[:LONGEST] if unicodedata.category(letter) != "Cf")
    return f" {' '.join(token.term for token in tokens(visible) if not token.whole)} "


def facts_of(case: Case, asked: frozenset[str] = frozenset(FIELDS)) -> Mapping[str, Any]:
    """The values of the fields in `asked`; the others may be missing."""
    message, ticket = case.message, case.ticket
    address = message.sender_address.strip().lower()
    arrived = _local(message.created_at, case.mailbox.hours)
    values: dict[str, Any] = {
        "subject": message.subject,
        "body": case.text,
        "from": address,
        "from_name": message.sender_name,
        "domain": address.rpartition("@")[2],
        "to": [str(one).lower() for one in message.to],
        "language": case.language,
        "mailbox": case.mailbox.address.lower(),
        "topic": ticket.topic.key if ticket.topic else None,
        "has_attachments": bool(case.attachments),
        "attachment_names": [one.name.lower() for one in case.attachments],
        "words": len(case.text.split()),
        "hour": arrived.hour,
        "weekday": arrived.isoweekday(),
        "is_first": case.is_first,
        "message_count": ticket.message_count,
        "is_new_participant": message.is_new_participant,
    }
    return values | {name: value(case) for name, value in _COSTLY.items() if name in asked}


def _tags(case: Case) -> list[str]:
    return list(case.ticket.tags.values_list("name", flat=True))


def _customer_tags(case: Case) -> list[str]:
    tickets = Ticket.objects.filter(customer=case.ticket.customer_id, tags__isnull=False)
    return list(tickets.values_list("tags__name", flat=True).distinct()[:100])


def _phrases(case: Case) -> str:
    return based("\n".join([case.said, *(one.text for one in case.attachments)]))


# What takes a query, or looks at every word.
_COSTLY = {
    "text": lambda case: folded(case.said),
    "phrases": _phrases,
    "tags": _tags,
    "customer_tags": _customer_tags,
}


def _local(moment: datetime, hours: BusinessHours | None) -> datetime:
    if hours is None:
        return moment.astimezone(UTC)
    try:
        return moment.astimezone(ZoneInfo(hours.time_zone))
    except (KeyError, ValueError):
        return moment.astimezone(UTC)

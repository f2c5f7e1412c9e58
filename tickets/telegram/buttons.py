"""Buttons of cards. What they send back is signed: Telegram passes on whatever a program puts into a press.

`callback_data` is `action:ticket:draft:signature`, at most 64 bytes; `draft` tells the draft that was shown.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from tickets.choices import OURS, TicketState
from tickets.models import Draft, Ticket

SALT = "tickets.telegram.buttons"
SIGNATURE = 16


class Action(StrEnum):
    TAKE = "take"
    SEND = "send"
    EDIT = "edit"
    ASK = "ask"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Press:
    """What a button asks for. `draft` is the beginning of a digest, empty where no draft was shown."""

    action: Action
    ticket_id: int
    draft: str = ""

    def is_about(self, draft: Draft) -> bool:
        return bool(self.draft) and constant_time_compare(self.draft, _fingerprint(draft))


def keyboard(ticket: Ticket, draft: Draft | None) -> dict[str, Any]:
    """The `reply_markup` for the ticket as it is; the texts in the active language."""
    rows = [[_button(ticket, action, text, draft) for action, text in row] for row in _rows(ticket, draft) if row]
    if link := admin_link(ticket):
        rows.append([{"text": _("Open in the back office"), "url": link}])
    return {"inline_keyboard": rows}


def _rows(ticket: Ticket, draft: Draft | None) -> list[list[tuple[Action, str]]]:
    if ticket.state in OURS:
        take = [] if ticket.assignee_id else [(Action.TAKE, _("Take"))]
        answers = [(Action.SEND, _("Send the draft")), (Action.EDIT, _("Edit and send"))] if draft else []
        return [take, answers, [(Action.ASK, _("Ask for details")), (Action.CLOSE, _("Close"))]]
    if ticket.state in {TicketState.WAITING, TicketState.ANSWERED, TicketState.RESOLVED}:
        return [[(Action.CLOSE, _("Close"))]]
    return []


def _button(ticket: Ticket, action: Action, text: str, draft: Draft | None) -> dict[str, str]:
    shown = _fingerprint(draft) if draft is not None and action in {Action.SEND, Action.EDIT} else ""
    return {"text": text, "callback_data": callback_data(Press(action, ticket.pk, shown))}


def callback_data(press: Press) -> str:
    value = f"{press.action}:{press.ticket_id}:{press.draft}"
    return f"{value}:{_signature(value)}"


def read(data: object) -> Press | None:
    """The press that `callback_data` wrote; None for everything else."""
    value, _colon, signature = str(data).rpartition(":")
    if not constant_time_compare(signature, _signature(value)):
        return None
    action, ticket_id, draft = value.split(":")
    return Press(Action(action), int(ticket_id), draft)


def admin_link(ticket: Ticket) -> str:
    """The ticket's page; nothing where Telegram would refuse the address: it takes none without a real host name."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if "." not in host:
        return ""
    return settings.PUBLIC_URL + reverse("admin:tickets_ticket_change", args=[ticket.pk])


def _fingerprint(draft: Draft) -> str:
    return salted_hmac(SALT, f"draft:{draft.pk}", algorithm="sha256").hexdigest()[:8]


def _signature(value: str) -> str:
    return salted_hmac(SALT, value, algorithm="sha256").hexdigest()[:SIGNATURE]

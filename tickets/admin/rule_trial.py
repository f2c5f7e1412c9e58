"""A condition asked of mails that have come: what it would have matched."""

from dataclasses import dataclass
from typing import Any

from tickets.choices import MessageKind
from tickets.models import DeskRule, TicketMessage, Triage
from tickets.triage.case import case_of
from tickets.triage.rules import trial_of

MAILS = 30


@dataclass(frozen=True, slots=True)
class Trial:
    message: TicketMessage
    matches: bool


def tried(condition: dict[str, Any], *, reader: Any) -> list[Trial]:
    """The newest MAILS mails of customers that `reader` may see, the newest first."""
    rows = TicketMessage.objects.visible_to(reader).filter(kind=MessageKind.CUSTOMER)
    joined = rows.select_related("ticket__customer", "ticket__mailbox__hours", "ticket__topic").order_by("-pk")[:MAILS]
    ask = trial_of(DeskRule(condition=condition))
    return [Trial(message, ask(case_of(_undecided(message)))) for message in joined]


def _undecided(message: TicketMessage) -> Triage:
    """A decision that is not made, nor kept: what cases are read from."""
    return Triage(ticket=message.ticket, message=message, mailbox=message.ticket.mailbox)

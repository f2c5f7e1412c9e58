"""Webhooks out: what happens to tickets, told in the transaction of the change. Ids and states only, no words."""

from typing import Any

from django.dispatch import receiver

from config.api import utc_z
from integrations.outbox.services import Order
from integrations.remember import remembered
from integrations.webhooks.choices import WebhookEvent
from integrations.webhooks.models import WebhookEndpoint
from integrations.webhooks.publishing import publish
from tickets.choices import EventKind
from tickets.models import Ticket, TicketEvent
from tickets.signals import ticket_changed

TOLD = {
    EventKind.CREATED: WebhookEvent.TICKET_CREATED,
    EventKind.MESSAGE: WebhookEvent.TICKET_MESSAGE,
    EventKind.ANSWERED: WebhookEvent.TICKET_ANSWERED,
    EventKind.ESCALATED: WebhookEvent.TICKET_ESCALATED,
    EventKind.STATE: WebhookEvent.TICKET_STATE,
    EventKind.RESOLVED: WebhookEvent.TICKET_RESOLVED,
    EventKind.RATED: WebhookEvent.TICKET_RATED,
}
# Of an event's own data only these are for others.
SHARED = ("before", "after", "answer", "rating")


@receiver(ticket_changed, dispatch_uid="tickets.hooks")
def tell_webhooks(sender: Any, event: TicketEvent, ticket: Ticket, **_: Any) -> None:
    name = TOLD.get(EventKind(event.kind))
    if name is not None and _somebody_listens(name):
        publish(name, payload(event, ticket), Order(key=f"ticket-event:{event.pk}", source=f"ticket:{ticket.uuid}"))


def payload(event: TicketEvent, ticket: Ticket) -> dict[str, Any]:
    """What a receiver is told; it asks the API for the rest, with a key of its own."""
    return {
        "event": event.pk,
        "at": utc_z(event.created_at),
        "by": event.by,
        "actor": event.actor_id,
        "message": str(event.message.uuid) if event.message is not None else None,
        "ticket": {
            "number": ticket.pk,
            "id": str(ticket.uuid),
            "mailbox": ticket.mailbox_id,
            "state": ticket.state,
            "priority": ticket.priority,
            "assignee": ticket.assignee_id,
        },
        **{key: event.data[key] for key in SHARED if key in event.data},
    }


def _somebody_listens(name: WebhookEvent) -> bool:
    """Asked for every change, so the answer is remembered for a moment."""
    return remembered(("webhook", name), lambda: bool(WebhookEndpoint.objects.listening_to(name)))

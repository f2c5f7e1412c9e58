"""`ticket_changed(event, ticket)`: sent by `tickets.services.events.record` in the transaction of the change."""

from django.dispatch import Signal

ticket_changed = Signal()

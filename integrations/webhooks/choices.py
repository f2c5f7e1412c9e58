from django.db import models
from django.utils.translation import gettext_lazy as _

EVERYTHING = "*"


class WebhookEvent(models.TextChoices):
    """What can be told. `webhook.test` is only sent when somebody asks for it."""

    DELIVERY_FAILED = "delivery.failed", _("A message could not be delivered")
    DELIVERY_UNCERTAIN = "delivery.uncertain", _("Nobody knows whether a message arrived")
    TICKET_CREATED = "ticket.created", _("A ticket was opened")
    TICKET_MESSAGE = "ticket.message", _("A customer wrote")
    TICKET_ANSWERED = "ticket.answered", _("A customer was answered")
    TICKET_ESCALATED = "ticket.escalated", _("A ticket was handed over to a person")
    TICKET_STATE = "ticket.state", _("The state of a ticket changed")
    TICKET_RESOLVED = "ticket.resolved", _("The resolution of a ticket was verified")
    TICKET_RATED = "ticket.rated", _("A customer rated an answer")


TEST_EVENT = "webhook.test"

"""Links by which a customer rates how a ticket went: signed, so that nobody rates for somebody else."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from tickets.models import Ticket

SALT = "tickets.rating"
DAYS = 120
SECONDS = DAYS * 86_400


def token_of(ticket: Ticket) -> str:
    return TimestampSigner(salt=SALT).sign(ticket.uuid.hex)


def ticket_of(token: str) -> Ticket | None:
    """The ticket of a token that we gave out within the last DAYS; None for any other text."""
    try:
        known = TimestampSigner(salt=SALT).unsign(token, max_age=SECONDS)
    except BadSignature:
        return None
    found: Ticket | None = Ticket.objects.filter(uuid=UUID(known)).first()
    return found


def link_for(ticket: Ticket) -> str:
    """The address of the page; nothing while the product does not know its own (PUBLIC_URL)."""
    if not settings.PUBLIC_URL:
        return ""
    return settings.PUBLIC_URL + reverse("ticket-rating", args=[token_of(ticket)])

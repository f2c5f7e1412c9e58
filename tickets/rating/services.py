"""What a customer says of how a ticket went."""

from django.db import transaction
from django.utils import timezone

from tickets.choices import EventBy, EventKind
from tickets.errors import NotPossible
from tickets.models import Ticket
from tickets.services.events import locked, record, touch

LONGEST_COMMENT = 2000
SCORES = range(1, 6)


@transaction.atomic
def rate(ticket: Ticket, score: int, comment: str = "") -> None:
    """Stores the rating, or changes it. Raises NotPossible (`score`, `comment`, `ticket`)."""
    comment = comment.replace("\x00", "").strip()
    if score not in SCORES:
        raise NotPossible("score", "no_score")
    if len(comment) > LONGEST_COMMENT:
        raise NotPossible("comment", "too_long")
    row = locked(ticket.pk)
    if row.customer.erased_at is not None:
        raise NotPossible("ticket", "erased")
    before, row.rating, row.rating_comment, row.rated_at = row.rating, score, comment, timezone.now()
    touch(row, "rating", "rating_comment", "rated_at")
    record(row, EventKind.RATED, by=EventBy.CUSTOMER, score=score, before=before, commented=bool(comment))

"""Resolved tickets wait for their turn to teach: `Ticket.learn_due_at` is the queue."""

import time
from datetime import timedelta
from itertools import takewhile

from django.utils import timezone

from tickets.learning.proposing import lesson_of, propose
from tickets.models import Ticket

BATCH = 20
# One task does not occupy a worker's thread for much longer: a model may take a minute for one article.
SECONDS = 50.0
# Whoever has begun is given up after this time, and another one begins again.
LEASE = timedelta(minutes=5)


def note_resolved(ticket: Ticket) -> None:
    """In the transaction that resolves the ticket; saves `learn_due_at` of one that has something to teach."""
    if lesson_of(ticket) is not None:
        ticket.learn_due_at = timezone.now()
        ticket.save(update_fields=["learn_due_at"])


def sweep() -> int:
    """Makes proposals of what waits; returns how many."""
    due = Ticket.objects.filter(learn_due_at__lte=timezone.now()).order_by("learn_due_at")
    until = time.monotonic() + SECONDS
    in_time = takewhile(lambda _number: time.monotonic() < until, list(due.values_list("pk", flat=True)[:BATCH]))
    return sum(_learn(number) for number in in_time)


def _learn(number: int) -> bool:
    now = timezone.now()
    until = now + LEASE
    if not Ticket.objects.filter(pk=number, learn_due_at__lte=now).update(learn_due_at=until):
        return False
    made = propose(Ticket.objects.select_related("mailbox", "customer").get(pk=number))
    # Not when it was resolved once more meanwhile.
    Ticket.objects.filter(pk=number, learn_due_at=until).update(learn_due_at=None)
    return made is not None

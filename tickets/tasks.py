"""Wake-up calls. The rows say what is to be done; losing a task loses nothing."""

import threading
import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from tickets.statistics import counting
from tickets.triage.work import run_next

# One task does not occupy a worker's thread for longer.
SECONDS = 60.0
_triages = threading.BoundedSemaphore(settings.TRIAGE_AT_ONCE)


@shared_task(ignore_result=True)
def run_triage() -> None:
    """Decides on mails until none is left. Threads beyond TRIAGE_AT_ONCE of a process leave that to the others."""
    if not _triages.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + SECONDS
        while run_next():
            if time.monotonic() >= until:
                run_triage.delay()
                return
    finally:
        _triages.release()


@shared_task(ignore_result=True)
def follow_answers() -> None:
    """Messages say what became of their deliveries."""
    from tickets.answers.progress import sweep

    sweep()


@shared_task(ignore_result=True)
def watch_deadlines() -> None:
    from tickets.sla.sweeping import sweep

    sweep()


@shared_task(ignore_result=True)
def recount_deadlines(mailboxes: list[int]) -> None:
    """After a change of the service level of these mailboxes."""
    from tickets.sla.clock import recount_open

    recount_open(mailboxes)


@shared_task(ignore_result=True)
def verify_resolutions() -> None:
    from tickets.resolution import sweep

    sweep()


@shared_task(ignore_result=True)
def sweep_mails() -> None:
    """Mails that were kept and could not be taken in are tried again."""
    from tickets.intake.sweep import sweep

    sweep()


@shared_task(ignore_result=True)
def learn_from_tickets() -> None:
    from tickets.learning.sweeping import sweep

    sweep()


@shared_task(ignore_result=True)
def poll_mailboxes() -> None:
    """What is new in the mailboxes that are read over IMAP; those that another process watches are left to it."""
    from tickets.intake.imap.lease import readable
    from tickets.intake.imap.reading import poll

    for number in list(readable().values_list("pk", flat=True)):
        poll(number)


@shared_task(ignore_result=True)
def count_desk_days() -> None:
    """Brings the figures of the latest days up to date, and counts some of those that were never counted."""
    counting.count_days(counting.due_days(timezone.now()))

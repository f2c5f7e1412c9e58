"""Wake-up calls. The rows say what is to be done; losing a task loses nothing."""

import time

from celery import shared_task

from chat.about.counting import count_next

# One task does not occupy a worker's thread for longer.
SECONDS = 60.0


@shared_task(ignore_result=True)
def count_uses() -> None:
    """Rolls up what the parts of the assistant were used for, in small pieces."""
    until = time.monotonic() + SECONDS
    while count_next():
        if time.monotonic() >= until:
            count_uses.delay()
            return

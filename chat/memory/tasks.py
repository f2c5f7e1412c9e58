"""Wake-up calls. The rows say what is to be done; losing a task loses nothing."""

import time

from celery import shared_task

from chat.memory.decay import fade_next
from chat.memory.extraction.work import learn_next
from chat.memory.vectors import embed_next

# One task does not occupy a worker's thread for longer.
SECONDS = 60.0


@shared_task(ignore_result=True)
def work_on_memory() -> None:
    """Learns from finished turns and makes vectors, until nothing is left."""
    until = time.monotonic() + SECONDS
    while learn_next() + embed_next():
        if time.monotonic() >= until:
            work_on_memory.delay()
            return


@shared_task(ignore_result=True)
def fade_memories() -> None:
    """Takes confidence from what is of no use, in small pieces."""
    until = time.monotonic() + SECONDS
    while fade_next():
        if time.monotonic() >= until:
            fade_memories.delay()
            return

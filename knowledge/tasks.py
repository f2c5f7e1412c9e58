"""Wake-up calls. The rows say what is to be done; losing a task loses nothing."""

from celery import shared_task

from knowledge.indexing.work import work_for
from knowledge.services.questions import prune_questions

# One task does not occupy a worker's thread for longer.
SECONDS = 60.0


@shared_task(ignore_result=True)
def work() -> None:
    """Reads, indexes and embeds what waits, and fetches websites whose time has come."""
    if work_for(SECONDS):
        work.delay()


@shared_task(ignore_result=True)
def prune_knowledge() -> None:
    prune_questions()

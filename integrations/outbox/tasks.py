"""Wake-up calls. The rows say what is to be done; losing a task loses nothing."""

from celery import shared_task

from integrations.outbox.prune import prune
from integrations.outbox.runner import get_runner
from integrations.outbox.work import recover_abandoned


@shared_task(ignore_result=True)
def send_due() -> None:
    """There is something to send: the threads of this process look for themselves."""
    get_runner().wake()


@shared_task(ignore_result=True)
def sweep_outbox() -> None:
    """Takes back what dead workers left, and wakes for what has become due and for lost wake-up calls."""
    recover_abandoned()
    get_runner().wake()


@shared_task(ignore_result=True)
def prune_outbox() -> None:
    """Takes out what was delivered or cancelled long ago."""
    prune()

"""Wake-up calls. The rows say what there is to work out; losing a task loses nothing."""

from celery import shared_task

from chat.experience.erasing import prune
from chat.experience.measuring import measure


@shared_task(ignore_result=True)
def measure_personality() -> None:
    """Renews today's traits and averages."""
    measure()


@shared_task(ignore_result=True)
def prune_experience() -> None:
    prune()

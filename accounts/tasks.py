from celery import shared_task
from django.core.management import call_command

from accounts.services.prune import prune


@shared_task(ignore_result=True)
def prune_expired() -> None:
    """Takes out credentials that have ended and visitors who have gone."""
    prune()


@shared_task(ignore_result=True)
def clear_sessions() -> None:
    """Takes out sessions that have expired."""
    call_command("clearsessions")

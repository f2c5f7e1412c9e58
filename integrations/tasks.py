from celery import shared_task

from integrations.budgets.spending import prune_spending, release_expired
from integrations.calls.books import interrupt_lost_calls
from integrations.choices import ProviderKind
from integrations.models import AIProvider
from integrations.services.credentials.audit import prune_history
from integrations.services.providers import check_provider


@shared_task(ignore_result=True)
def check_providers() -> None:
    """Asks every enabled provider whether it is there, so that routing and health know before a person does."""
    for provider in AIProvider.objects.filter(enabled=True).exclude(kind=ProviderKind.LOCAL):
        check_provider(provider)


@shared_task(ignore_result=True)
def prune_credential_history() -> None:
    prune_history()


@shared_task(ignore_result=True)
def end_lost_calls() -> None:
    """Accounts for the calls of workers that died."""
    interrupt_lost_calls()
    release_expired()


@shared_task(ignore_result=True)
def prune_budgets() -> None:
    prune_spending()

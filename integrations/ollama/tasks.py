"""Wake-up calls: losing one loses a look, or a load that somebody asks for again."""

from uuid import UUID

from celery import shared_task

from integrations.models import AIProvider
from integrations.ollama import services


@shared_task(ignore_result=True)
def look() -> None:
    """What Ollama servers have in memory, so that no request has to ask them."""
    services.look_at_servers()


@shared_task(ignore_result=True)
def load(provider_id: str, name: str) -> None:
    if provider := AIProvider.objects.filter(pk=UUID(provider_id), enabled=True).first():
        services.load_now(provider, name)

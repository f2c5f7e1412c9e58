"""What the parts of the assistant depend on, as it is now."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from integrations.ollama.memory import unknown_since
from integrations.ollama.models import OllamaServer
from integrations.remember import remembered
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route, chain_for
from knowledge.indexing.versions import live_version
from knowledge.models import Document


@dataclass(frozen=True, slots=True)
class Facts:
    """`model`: a language model can be asked; `thinks`: it may also analyse, plan and judge; `knowledge`: something is
    published and can be found."""

    model: bool
    thinks: bool
    knowledge: bool
    memory: bool
    ollama: bool
    web: bool


def default_routes() -> list[Route]:
    """The chain of models that answers where nothing else is asked for; shared with the workers' look."""
    return remembered(("chain", ""), lambda: chain_for(""))


def has_model() -> bool:
    """Whether a model answers that is not known to be down; local answers are none."""
    return any(
        route.provider_key != LOCAL_ANSWERS and route.provider is not None and route.provider.healthy is not False
        for route in default_routes()
    )


def ollama_answers() -> bool:
    """Whether a server that is switched on was seen lately, and answered."""
    now = timezone.now()
    servers = OllamaServer.objects.filter(provider__enabled=True, provider__serves_ollama=True)
    return any(unknown_since(server, now) is None for server in servers.select_related("provider"))


def find_facts() -> Facts:
    published = live_version() is not None and Document.objects.filter(published=True).exists()
    model = has_model()
    return Facts(
        model=model,
        thinks=model and settings.ANSWER_PIPELINE,
        knowledge=published,
        memory=settings.MEMORY_ENABLED,
        ollama=ollama_answers(),
        web=settings.TOOL_WEB,
    )

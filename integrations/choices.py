from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderKind(models.TextChoices):
    """Which client speaks to the provider."""

    OPENAI = "openai", _("OpenAI-compatible")
    ANTHROPIC = "anthropic", _("Anthropic")
    GIGACHAT = "gigachat", _("GigaChat")
    LOCAL = "local", _("Local answers (no model)")


class Capability(models.TextChoices):
    """What a model can do beside plain answers. A model for vectors has `embeddings` by its kind."""

    STREAMING = "streaming", _("Streaming")
    TOOLS = "tools", _("Tools")
    JSON_SCHEMA = "json_schema", _("Structured output")
    VISION = "vision", _("Vision")
    EMBEDDINGS = "embeddings", _("Embeddings")


# What the registry's row of a model for answers may say.
CHAT_CAPABILITIES = (Capability.STREAMING, Capability.TOOLS, Capability.JSON_SCHEMA, Capability.VISION)


class ModelKind(models.TextChoices):
    """What a model makes of a text."""

    CHAT = "chat", _("Answers")
    EMBEDDING = "embedding", _("Vectors")
    RERANKER = "reranker", _("Order of passages")


class Place(models.TextChoices):
    """Where a role's models may run."""

    ANY = "any", _("Anywhere")
    LOCAL = "local", _("On machines of ours")
    CLOUD = "cloud", _("In the cloud")


class CallOutcome(models.TextChoices):
    """How a provider call ended; `running` until it has."""

    RUNNING = "running", _("Running")
    OK = "ok", _("Completed")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


class BudgetScope(models.TextChoices):
    """Whose spending a budget limits."""

    ALL = "all", _("All together")
    PERSON = "person", _("Each person")
    ROLE = "role", _("Each person of a role")
    USER = "user", _("One person")
    VISITORS = "visitors", _("All visitors together")


class Payer(models.TextChoices):
    """Whose spending is counted."""

    ALL = "all", _("All together")
    USER = "user", _("A person")
    VISITORS = "visitors", _("All visitors together")
    SYSTEM = "system", _("The product itself")


class Period(models.TextChoices):
    """A day or a month of the server's calendar."""

    DAY = "day", _("Day")
    MONTH = "month", _("Month")

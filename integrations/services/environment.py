"""The providers and models that the environment names, as rows of the registry."""

import re
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_noop

from integrations.choices import CHAT_CAPABILITIES, Capability, ModelKind, Place, ProviderKind
from integrations.models import AIModel, AIProvider, ModelRole
from integrations.ollama.names import runs_in_the_cloud
from integrations.services.providers import check_provider

LOCAL_ANSWERS = "local-answers"
OPENAI_HOST = "api.openai.com"

# USD per million tokens, from the providers' public price lists; staff may edit them.
OPENAI_MODELS = {
    "gpt-4o": ("GPT-4o", 128_000, "2.50", "10.00"),
    "gpt-4.1": ("GPT-4.1", 1_000_000, "2.00", "8.00"),
    "gpt-5": ("GPT-5", 400_000, "1.25", "10.00"),
}
ANTHROPIC_MODELS = {
    "claude-3-7-sonnet-20250219": ("Claude 3.7 Sonnet", 200_000, "3.00", "15.00"),
    "claude-sonnet-4-20250514": ("Claude Sonnet 4", 200_000, "3.00", "15.00"),
    "claude-3-5-haiku-20241022": ("Claude 3.5 Haiku", 200_000, "0.80", "4.00"),
}

# Jobs that clients of the assistant know by name: title, where their models may run, what they need.
ROLES: dict[str, tuple[str, str, str]] = {
    "default": (gettext_noop("Default"), Place.ANY, ""),
    "code": (gettext_noop("Code"), Place.LOCAL, ""),
    "reason": (gettext_noop("Reasoning"), Place.LOCAL, ""),
    "personality": (gettext_noop("Conversation"), Place.LOCAL, ""),
    "triage": (gettext_noop("Support desk"), Place.ANY, ""),
    "cloud_code": (gettext_noop("Code, in the cloud"), Place.CLOUD, ""),
    "cloud_universal": (gettext_noop("Anything, in the cloud"), Place.CLOUD, ""),
    "cloud_vision": (gettext_noop("Images, in the cloud"), Place.CLOUD, Capability.VISION),
}
# How models for vectors are called; a list of names is all that a server gives.
RERANKER_NAME = re.compile(r"re-?rank", re.IGNORECASE)
EMBEDDING_NAME = re.compile(r"embed|(^|[-_/])(bge|e5|gte)([-_]|$)", re.IGNORECASE)


def sync_from_environment() -> None:
    """Makes or updates the rows that the environment describes; what staff edited on models is kept.

    A provider that the environment no longer names, and that has no key of its own, is disabled.
    """
    with transaction.atomic():
        _roles()
        _local_answers()
        _openai()
        _anthropic()
        _gigachat()
        local_llm = _local_llm()
    if local_llm is not None:
        _discover(local_llm)


def _provider(key: str, *, enabled: bool, **values: Any) -> AIProvider:
    provider, created = AIProvider.objects.get_or_create(key=key, defaults={"enabled": enabled, **values})
    if created:
        return provider
    if values["base_url"] != provider.base_url:
        # Another server: nobody knows yet what it is.
        provider.serves_ollama = None
    for name, value in values.items():
        setattr(provider, name, value)
    provider.enabled = enabled or (provider.enabled and bool(provider.sealed_api_key))
    provider.save()
    return provider


def _roles() -> None:
    for key, (title, place, needs) in ROLES.items():
        ModelRole.objects.get_or_create(key=key, defaults={"title": title, "place": place, "needs": needs})


def _model(provider: AIProvider, name: str, **values: Any) -> AIModel:
    if RERANKER_NAME.search(name):
        # Every search would wait for it: somebody has to want that.
        values |= {"kind": ModelKind.RERANKER, "enabled": False}
    elif EMBEDDING_NAME.search(name):
        values["kind"] = ModelKind.EMBEDDING
    key = values.pop("key", None) or _free_key(provider, name)
    defaults = {"key": key, "title": name[:100], **values}
    return AIModel.objects.get_or_create(provider=provider, name=name, defaults=defaults)[0]


def _free_key(provider: AIProvider, name: str) -> str:
    """A key from the last part of the model's name, or from the whole name where that is taken."""
    for candidate in (name.rsplit("/", 1)[-1], name):
        key = f"{provider.key}-{slugify(re.sub('[.:/]', '-', candidate))}"[:100]
        if not AIModel.objects.filter(key=key).exclude(provider=provider, name=name).exists():
            break
    return key


def _priced(provider: AIProvider, table: dict[str, tuple[str, int, str, str]], *, first: str, priority: int) -> None:
    for name, (title, window, price_in, price_out) in table.items():
        _model(
            provider,
            name,
            title=title,
            context_window=window,
            input_price=Decimal(price_in),
            output_price=Decimal(price_out),
            capabilities=list(CHAT_CAPABILITIES),
            priority=priority if name == first else priority + 1,
        )


def _local_answers() -> None:
    provider = _provider(LOCAL_ANSWERS, enabled=True, name="Local answers", kind=ProviderKind.LOCAL, base_url="")
    _model(provider, LOCAL_ANSWERS, key=LOCAL_ANSWERS, title="Local answers", is_local=True, priority=1000)


def _openai() -> None:
    official = OPENAI_HOST in settings.OPENAI_BASE_URL
    provider = _provider(
        "openai",
        enabled=bool(settings.OPENAI_API_KEY) or not official,
        name="OpenAI" if official else "OpenAI-compatible server",
        kind=ProviderKind.OPENAI,
        base_url=settings.OPENAI_BASE_URL,
        api_key_setting="OPENAI_API_KEY",
    )
    if official:
        _priced(provider, OPENAI_MODELS, first=settings.OPENAI_MODEL, priority=50)
    if settings.OPENAI_MODEL not in OPENAI_MODELS:
        _model(provider, settings.OPENAI_MODEL, priority=49)


def _anthropic() -> None:
    provider = _provider(
        "anthropic",
        enabled=bool(settings.ANTHROPIC_API_KEY),
        name="Anthropic",
        kind=ProviderKind.ANTHROPIC,
        base_url=settings.ANTHROPIC_BASE_URL,
        api_key_setting="ANTHROPIC_API_KEY",
    )
    _priced(provider, ANTHROPIC_MODELS, first="claude-3-7-sonnet-20250219", priority=60)


def _gigachat() -> None:
    provider = _provider(
        "gigachat",
        enabled=bool(settings.GIGACHAT_CREDENTIALS),
        name="GigaChat",
        kind=ProviderKind.GIGACHAT,
        base_url=settings.GIGACHAT_BASE_URL,
        api_key_setting="GIGACHAT_CREDENTIALS",
    )
    can = [Capability.STREAMING, Capability.TOOLS]
    _model(provider, settings.GIGACHAT_MODEL, context_window=128_000, capabilities=can, priority=70)
    _model(provider, "Embeddings", priority=71)


def _local_llm() -> AIProvider | None:
    if not settings.LOCAL_LLM_URL:
        AIProvider.objects.filter(key="local-llm", sealed_api_key="").update(enabled=False)
        return None
    provider = _provider(
        "local-llm",
        enabled=True,
        name="Local model server",
        kind=ProviderKind.OPENAI,
        base_url=settings.LOCAL_LLM_URL,
        api_key_setting="LOCAL_LLM_API_KEY",
    )
    if settings.LOCAL_LLM_MODEL:
        provider.models.exclude(name=settings.LOCAL_LLM_MODEL).filter(priority=10).update(priority=20)
        _model(provider, settings.LOCAL_LLM_MODEL, is_local=True, priority=10)
    return provider


def _discover(provider: AIProvider) -> None:
    """Adds the models that the server says it has; with none named, the first one answers by default."""
    for name in check_provider(provider).models:
        taken = (
            RERANKER_NAME.search(name) or EMBEDDING_NAME.search(name) or provider.models.filter(priority=10).exists()
        )
        add_discovered(provider, name, priority=20 if taken or not _is_local(provider, name) else 10)


def add_discovered(provider: AIProvider, name: str, *, priority: int = 20) -> AIModel:
    """The row of a model that a server of ours says it has; an existing one stays as it is."""
    title = name.rsplit("/", 1)[-1][:100]
    return _model(provider, name, title=title, is_local=_is_local(provider, name), priority=priority)


def _is_local(provider: AIProvider, name: str) -> bool:
    """What Ollama passes on to the cloud leaves the house."""
    return not (provider.serves_ollama and runs_in_the_cloud(name))

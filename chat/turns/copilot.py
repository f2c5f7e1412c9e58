"""Which model answers the workflow copilot: its clients name a provider, a model, and often bring a key."""

from dataclasses import replace

from django.conf import settings

from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route, default_chain, route_with_key

DEFAULT_MODELS = {"openai": "gpt-4o", "anthropic": "claude-3-7-sonnet-20250219"}
KNOWN_MODELS = {
    "openai": {"gpt-4o", "gpt-5", "gpt-4.1"},
    "anthropic": {"claude-3-7-sonnet-20250219", "claude-sonnet-4-20250514", "claude-3-5-haiku-20241022"},
}
SERVER_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


def model_name(provider: str, model: str) -> str:
    """The model to call. Another provider's model gives the default: clients mix them up after a key change."""
    if not model:
        return DEFAULT_MODELS[provider]
    if model in KNOWN_MODELS[provider]:
        return model
    belongs_to_other = any(model in names for key, names in KNOWN_MODELS.items() if key != provider)
    if belongs_to_other or (provider == "anthropic") != model.startswith("claude"):
        return DEFAULT_MODELS[provider]
    return model


def copilot_chain(*, provider: str, model: str, api_key: str) -> list[Route]:
    """The caller's key alone, else the server's; without either the default models, said to be substitutes."""
    name = model_name(provider, model)
    if api_key:
        return [route_with_key(provider, name=name, api_key=api_key)]
    others = default_chain()
    if server_key := str(getattr(settings, SERVER_KEYS[provider])):
        first = route_with_key(provider, name=name, api_key=server_key, own_key=False)
        return [first, *_models(others, but=first.model_key)]
    return [replace(route, degraded=route.degraded or "provider_not_configured") for route in _models(others) or others]


def _models(routes: list[Route], *, but: str = "") -> list[Route]:
    """Without local answers: they quote the knowledge base, which says nothing about anybody's workflow."""
    return [route for route in routes if route.model_key not in {LOCAL_ANSWERS, but}]

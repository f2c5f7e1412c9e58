"""What others are told of models, from rows alone: nobody waits for a server here.

The clock's task looks every half minute. What it could not see for three times as long is said to be unknown.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from config.api import utc_z
from integrations.choices import ProviderKind
from integrations.models import AIModel, AIProvider, ModelRole
from integrations.ollama.memory import installed_names, unknown_since, unseen_since
from integrations.ollama.models import OllamaServer
from integrations.ollama.names import full_name
from integrations.remember import remembered
from integrations.services.environment import LOCAL_ANSWERS

Json = dict[str, Any]
ROLES = {
    "local": {"code": "code", "reason": "reason", "personality": "personality"},
    "cloud": {"code": "cloud_code", "universal": "cloud_universal", "vision": "cloud_vision"},
}
# Providers are asked each minute whether they are there.
HEALTH_SECONDS = 300


def model_manager_json() -> Json:
    """`{"current_model", "switches", "loaded_models", "max_vram_gb"}` over all Ollama servers.

    `current_model` is the key by which routing asked last, or null. With a server of whose memory nothing is known
    there is `unknown_since` too, and its models are left out.
    """
    now, servers = timezone.now(), _servers()
    unknown = [since for server in servers if (since := unknown_since(server, now))]
    seen = [server for server in servers if not unknown_since(server, now)]
    asked = [server for server in servers if server.current_at is not None]
    latest = max(asked, key=lambda server: server.current_at or now, default=None)
    body: Json = {
        "current_model": latest.current_key if latest else None,
        "switches": sum(server.switches for server in servers),
        "loaded_models": sorted({model.name for server in seen for model in server.loaded.all()}),
        "max_vram_gb": settings.OLLAMA_MAX_VRAM_GB,
    }
    return body | ({"unknown_since": utc_z(min(unknown))} if unknown else {})


def available_models_json() -> Json:
    """`{"models": [names]}` of all Ollama servers; `error` too when one of them cannot be asked."""
    now, names, silent = timezone.now(), [], []
    for server in _servers():
        if unknown_since(server, now):
            silent.append(server.provider.name)
        else:
            names += installed_names(server)
    silent += _never_met()
    body: Json = {"models": list(dict.fromkeys(names))}
    return body | ({"error": _("%(providers)s: no answer.") % {"providers": ", ".join(silent)}} if silent else {})


def models_ready_json() -> Json:
    """Which roles are ready: `{"local": {"code", "reason", "personality"}, "cloud": {"code", "universal", "vision"}}`.

    Of what could not be asked lately it is false, and `unknown_since` says so by role, with the time of the last look.
    """
    found = remembered(("models_ready",), _ready_roles)
    ready = {place: {name: found[key][0] for name, key in roles.items()} for place, roles in ROLES.items()}
    unknown = {key: utc_z(since) for key, (_is_ready, since) in found.items() if since}
    return ready | ({"unknown_since": unknown} if unknown else {})


def ready_names() -> list[str]:
    """The names of the models that could answer now, as far as somebody has looked lately; local answers are none."""
    now = timezone.now()
    usable = AIModel.objects.usable().exclude(provider__key=LOCAL_ANSWERS).select_related("provider__ollama")
    return list(dict.fromkeys(model.name for model in usable if _state(model, now)[0]))


def _servers() -> list[OllamaServer]:
    rows = OllamaServer.objects.filter(provider__enabled=True, provider__serves_ollama=True)
    return list(rows.select_related("provider").prefetch_related("loaded"))


def _never_met() -> list[str]:
    """Servers that have not answered since they were entered; they may well be Ollama."""
    rows = AIProvider.objects.filter(enabled=True, kind=ProviderKind.OPENAI, serves_ollama=None, healthy=False)
    return list(rows.values_list("name", flat=True))


def _ready_roles() -> dict[str, tuple[bool, datetime | None]]:
    """For each role whether one of its own models is ready, and if nobody knows, since when."""
    now = timezone.now()
    usable = {model.pk: model for model in AIModel.objects.usable().select_related("provider__ollama")}
    keys = [key for roles in ROLES.values() for key in roles.values()]
    roles = ModelRole.objects.filter(key__in=keys).prefetch_related("steps")
    found = {role.key: _ready(_own_models(role, usable), now) for role in roles}
    return {key: found.get(key, (False, None)) for key in keys}


def _own_models(role: ModelRole, usable: dict[int, AIModel]) -> list[AIModel]:
    steps = [usable[step.model_id] for step in role.steps.all() if step.model_id in usable]
    return steps or [m for m in usable.values() if role.suits(m) and m.provider.key != LOCAL_ANSWERS]


def _ready(models: Iterable[AIModel], now: datetime) -> tuple[bool, datetime | None]:
    states = [_state(model, now) for model in models]
    if any(is_ready for is_ready, _since in states):
        return True, None
    return False, min((since for _is_ready, since in states if since), default=None)


def _state(model: AIModel, now: datetime) -> tuple[bool, datetime | None]:
    provider = model.provider
    if provider.serves_ollama and (server := getattr(provider, "ollama", None)):
        if since := unseen_since(server, now):
            return False, since
        return server.failing_since is None and full_name(model.name) in installed_names(server), None
    if provider.checked_at is None or provider.healthy is None:
        return False, provider.created_at
    if provider.checked_at < now - timedelta(seconds=HEALTH_SECONDS):
        return False, provider.checked_at
    return provider.healthy, None

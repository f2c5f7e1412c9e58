"""What the page of an Ollama server shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.backoffice.display import badge
from integrations.models import AIModel, LoadedModel, OllamaServer
from integrations.ollama import seats
from integrations.ollama.memory import sizes_of, unknown_since
from integrations.ollama.models import GIB
from integrations.ollama.names import full_name, runs_in_the_cloud

SHOWN_MODELS = 3
COLOURS = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A model in memory. `start` and `share` are its part of the bar in per cent."""

    name: str
    size: str
    start: float
    share: float
    colour: int
    calls: int
    since: datetime
    until: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that the server has; `url` is that of its row in the registry, if it has one."""

    name: str
    size: str
    in_cloud: bool
    url: str


def gigabytes(size: float) -> str:
    """Bytes for people."""
    return _("%(number)s GB") % {"number": formats.number_format(size / GIB, 1)}


def memory_text(server: OllamaServer) -> str:
    used = gigabytes(sum(model.size for model in server.loaded.all()))
    if not settings.OLLAMA_MAX_VRAM_GB:
        return used
    return _("%(used)s of %(all)s") % {"used": used, "all": gigabytes(settings.OLLAMA_MAX_VRAM_GB * GIB)}


def server_state(server: OllamaServer) -> SafeString:
    now = timezone.now()
    if server.failing_since is not None:
        return badge(_("Does not answer"), "danger")
    if unknown_since(server, now):
        return badge(_("Not looked at"), "warning")
    if is_switching(server, now):
        return badge(_("Loading a model"), "info")
    return badge(_("In order"), "success")


def is_switching(server: OllamaServer, now: datetime) -> bool:
    return bool(server.switching_to) and server.switching_until is not None and server.switching_until >= now


def panel(server: OllamaServer) -> dict[str, Any]:
    """All that the template needs, in a fixed number of queries."""
    now, sizes, calls = timezone.now(), sizes_of(server), seats.calls_on(server.pk)
    loaded = list(server.loaded.all())
    used, budget = sum(_size(model, sizes) for model in loaded), settings.OLLAMA_MAX_VRAM_GB * GIB
    scale = max(used, budget, 1)
    rows = _rows(loaded, sizes, calls, scale=scale)
    return {
        "server": server,
        "state": server_state(server),
        "unknown_since": unknown_since(server, now),
        "is_switching": is_switching(server, now),
        "rows": rows,
        "used": gigabytes(used),
        "budget": gigabytes(budget) if budget else "",
        "is_over": bool(budget) and used > budget,
        "limit": round(100 * budget / scale, 1) if used > budget else None,
        "offers": _offers(server),
        "url": reverse("admin:integrations_ollamaserver_live", args=[server.pk]),
    }


def _rows(loaded: list[LoadedModel], sizes: dict[str, int], calls: dict[str, int], *, scale: float) -> list[Row]:
    rows, start = [], 0.0
    for number, model in enumerate(loaded):
        size = _size(model, sizes)
        share = round(100 * size / scale, 1)
        values = (model.name, gigabytes(size), start, share, number % COLOURS, calls.get(model.name, 0))
        rows.append(Row(*values, model.since, model.until, model.used_at))
        start += share
    return rows


def _offers(server: OllamaServer) -> list[Offer]:
    registered = AIModel.objects.filter(provider_id=server.pk).values_list("name", "pk")
    keys = {full_name(name): pk for name, pk in registered}
    return [
        Offer(
            name=name,
            size=gigabytes(row["size"]) if row["size"] and not runs_in_the_cloud(name) else "",
            in_cloud=runs_in_the_cloud(name),
            url=reverse("admin:integrations_aimodel_change", args=[keys[name]]) if name in keys else "",
        )
        for row in server.installed
        for name in (row["name"],)
    ]


def _size(model: LoadedModel, sizes: dict[str, int]) -> int:
    return model.size or sizes.get(model.name, 0)

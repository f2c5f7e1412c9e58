"""Who may use which model, and who may change what is in a server's memory: rows, the same for all processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from integrations.models import AIModel
from integrations.ollama.memory import need_of, remember, seen_well, sizes_of
from integrations.ollama.models import GIB, LoadedModel, ModelUse, OllamaServer
from integrations.ollama.names import full_name
from integrations.ollama.plan import Held, to_unload
from integrations.ollama.wire import InMemory, Seen

# Renewed well before it runs out.
HELD_SECONDS = 30.0
RENEW_SECONDS = 8.0


class Leave(Enum):
    """What a caller may do: ask the model, load it first, or wait for who is loading another one."""

    ASK = "ask"
    LOAD = "load"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Wish:
    """The caller `id` wants this model; `key` is what routing calls it."""

    id: UUID
    provider_id: UUID
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a switch does: nothing at all when the model `is_there`."""

    unload: tuple[str, ...] = ()
    is_there: bool = False


@transaction.atomic
def claim(wish: Wish) -> Leave:
    """A model in memory is held for the caller; otherwise one caller may load it while others wait."""
    now = timezone.now()
    server = _locked(wish.provider_id)
    ModelUse.objects.filter(server=server, lease_until__lt=now).delete()
    if LoadedModel.objects.filter(server=server, name=wish.name, until__gt=now).update(used_at=now):
        _hold(server, wish, now)
        return Leave.ASK
    return Leave.LOAD if _begin_switch(server, wish, now) else Leave.WAIT


@transaction.atomic
def claim_room(wish: Wish) -> bool:
    """For whoever only unloads the model: False while somebody else is switching."""
    now = timezone.now()
    server = _locked(wish.provider_id)
    if not _begin_switch(server, wish, now, loads=False):
        return False
    LoadedModel.objects.filter(server=server, name=wish.name).delete()
    return True


@transaction.atomic
def plan(wish: Wish, seen: Seen) -> Change | None:
    """From now on nobody begins to use what has to go. None for who has lost the switch to somebody else."""
    now = timezone.now()
    server = _locked(wish.provider_id)
    if server.switcher != wish.id:
        return None
    seen_well(server, seen.installed, now)
    remember(server, seen.in_memory, now)
    if any(model.name == wish.name for model in seen.in_memory):
        _settle(server, wish, now, switched=False)
        return Change(is_there=True)
    needed = need_of(server, wish.name)
    chosen = to_unload(_held(server), needed=needed, budget=int(settings.OLLAMA_MAX_VRAM_GB * GIB))
    names = tuple(model.name for model in chosen)
    LoadedModel.objects.filter(server=server, name__in=names).delete()
    server.revision += 1
    server.save()
    return Change(names)


@transaction.atomic
def finish(wish: Wish, in_memory: Sequence[InMemory]) -> bool:
    """The model is loaded and held for the caller; False for who has lost the switch to somebody else."""
    now = timezone.now()
    server = _locked(wish.provider_id)
    if server.switcher != wish.id:
        return False
    if not any(model.name == wish.name for model in in_memory):
        in_memory = [*in_memory, InMemory(wish.name, need_of(server, wish.name))]
    remember(server, in_memory, now)
    _settle(server, wish, now, switched=True)
    return True


@transaction.atomic
def settle_unloaded(wish: Wish, in_memory: Sequence[InMemory]) -> None:
    """The end of a switch that only made room."""
    now = timezone.now()
    server = _locked(wish.provider_id)
    if server.switcher != wish.id:
        return
    remember(server, in_memory, now)
    _end_switch(server)


def fail(wish: Wish, error: str) -> None:
    """The switch came to nothing; what was current stays so."""
    now = timezone.now()
    mine = OllamaServer.objects.filter(pk=wish.provider_id, switcher=wish.id)
    mine.update(revision=F("revision") + 1, last_error=error[:300], failed_at=now, **_NO_SWITCH)


def leave(wish: Wish) -> None:
    """The call is over, however far it came."""
    ModelUse.objects.filter(pk=wish.id).delete()
    OllamaServer.objects.filter(pk=wish.provider_id, switcher=wish.id).update(revision=F("revision") + 1, **_NO_SWITCH)


def renew(ids: Sequence[UUID]) -> None:
    until = _until(timezone.now())
    ModelUse.objects.filter(pk__in=ids).update(lease_until=until)
    OllamaServer.objects.filter(switcher__in=ids).update(switching_until=until)


def in_use(provider_id: UUID, names: Sequence[str]) -> set[str]:
    """Which of these models calls run on."""
    running = ModelUse.objects.filter(server_id=provider_id, name__in=names, lease_until__gte=timezone.now())
    return set(running.values_list("name", flat=True))


def calls_on(provider_id: UUID) -> dict[str, int]:
    """How many calls run on each model."""
    running = ModelUse.objects.filter(server_id=provider_id, lease_until__gte=timezone.now())
    return dict(running.values_list("name").annotate(Count("pk")))


def note_current(provider_id: UUID, key: str) -> None:
    """A model that takes no memory here answers now."""
    OllamaServer.objects.filter(pk=provider_id).update(current_key=key[:100], current_at=timezone.now())


_NO_SWITCH: dict[str, Any] = {"switcher": None, "switching_to": "", "switching_until": None}


def _locked(provider_id: UUID) -> OllamaServer:
    found = OllamaServer.objects.select_for_update().filter(pk=provider_id).first()
    return found or OllamaServer.objects.get_or_create(pk=provider_id)[0]


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=HELD_SECONDS)


def _hold(server: OllamaServer, wish: Wish, now: datetime) -> None:
    ModelUse.objects.update_or_create(
        pk=wish.id, defaults={"server": server, "name": wish.name, "lease_until": _until(now)}
    )
    note_current(server.pk, wish.key)


def _settle(server: OllamaServer, wish: Wish, now: datetime, *, switched: bool) -> None:
    server.switches += switched
    _end_switch(server)
    LoadedModel.objects.filter(server=server, name=wish.name).update(used_at=now)
    _hold(server, wish, now)


def _begin_switch(server: OllamaServer, wish: Wish, now: datetime, *, loads: bool = True) -> bool:
    if server.switching_until is not None and server.switching_until >= now and server.switcher != wish.id:
        return False
    server.switcher, server.switching_until = wish.id, _until(now)
    server.switching_to = wish.name if loads else ""
    server.revision += 1
    server.save(update_fields=["switcher", "switching_to", "switching_until", "revision"])
    return True


def _end_switch(server: OllamaServer) -> None:
    server.switcher, server.switching_to, server.switching_until = None, "", None
    server.revision += 1
    server.save()


def _held(server: OllamaServer) -> list[Held]:
    loaded = list(server.loaded.all())
    names = [model.name for model in loaded]
    busy = in_use(server.pk, names)
    ours = {full_name(name) for name in AIModel.objects.filter(provider_id=server.pk).values_list("name", flat=True)}
    sizes = sizes_of(server)
    return [
        Held(model.name, model.size or sizes.get(model.name, 0), model.used_at, model.name in ours, model.name in busy)
        for model in loaded
    ]

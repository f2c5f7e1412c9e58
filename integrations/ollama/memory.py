"""What the rows say about a server's memory, and how it is brought in line with what the server says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integrations.models import AIModel
from integrations.ollama.models import GIB, LoadedModel, ModelUse, OllamaServer
from integrations.ollama.names import full_name
from integrations.ollama.wire import InMemory, Installed, Seen

# A look holds good for so long, whatever the server's clock says about the end of a model's time.
GOOD_SECONDS = 40.0
# Nobody has looked for three times the usual pause: what was seen then is no longer said.
FRESH_SECONDS = 90.0
# A loaded model takes its files' size and room to work in.
ROOM_TO_WORK = 1.2


def sizes_of(server: OllamaServer) -> dict[str, int]:
    """Bytes that each known model will take: as the registry says, else by the size of its files."""
    sizes = {row["name"]: int(row["size"] * ROOM_TO_WORK) for row in server.installed}
    registered = AIModel.objects.filter(provider_id=server.pk, vram_gb__isnull=False)
    return sizes | {full_name(name): int((gb or 0) * GIB) for name, gb in registered.values_list("name", "vram_gb")}


def installed_names(server: OllamaServer) -> list[str]:
    return [row["name"] for row in server.installed]


def need_of(server: OllamaServer, name: str) -> int:
    return sizes_of(server).get(name, 0)


def remember(server: OllamaServer, in_memory: Sequence[InMemory], now: datetime) -> None:
    """Makes the rows what the server says, keeping since when and when last each model was in use."""
    least = now + timedelta(seconds=GOOD_SECONDS)
    LoadedModel.objects.filter(server=server).exclude(name__in=[model.name for model in in_memory]).delete()
    LoadedModel.objects.bulk_create(
        [
            LoadedModel(server=server, name=m.name, size=m.size, since=now, until=max(m.until or least, least))
            for m in in_memory
        ],
        update_conflicts=True,
        unique_fields=["server", "name"],
        update_fields=["size", "until"],
    )


def seen_well(server: OllamaServer, installed: Sequence[Installed], now: datetime) -> None:
    """Sets what a look that succeeded says of the server; the caller saves it."""
    server.installed = [{"name": model.name, "size": model.size} for model in installed]
    server.seen_at, server.failing_since = now, None


@transaction.atomic
def keep_look(provider_id: UUID, revision: int, seen: Seen, *, version: str) -> None:
    """A look from outside a switch. What it says of the memory is void once we have changed that meanwhile."""
    now = timezone.now()
    server = OllamaServer.objects.select_for_update().get(pk=provider_id)
    seen_well(server, seen.installed, now)
    server.version = version
    server.save(update_fields=["installed", "seen_at", "failing_since", "version"])
    ModelUse.objects.filter(server=server, lease_until__lt=now).delete()
    is_switching = server.switching_until is not None and server.switching_until >= now
    if server.revision == revision and not is_switching:
        remember(server, seen.in_memory, now)


def keep_failure(provider_id: UUID, error: str) -> None:
    now = timezone.now()
    row = OllamaServer.objects.filter(pk=provider_id)
    row.filter(failing_since__isnull=True).update(failing_since=now)
    row.update(last_error=error[:300], failed_at=now, failed_look_at=now)


def unseen_since(server: OllamaServer, now: datetime) -> datetime | None:
    """Since when nobody has looked at the server, whether or not it would answer; None while a look is fresh."""
    looked = max(filter(None, (server.seen_at, server.failed_look_at)), default=server.provider.created_at)
    return looked if looked < now - timedelta(seconds=FRESH_SECONDS) else None


def unknown_since(server: OllamaServer, now: datetime) -> datetime | None:
    """Since when we do not know what it has in memory: it does not answer, or nobody has asked it."""
    if server.failing_since is not None:
        return server.seen_at or server.failing_since
    return unseen_since(server, now)

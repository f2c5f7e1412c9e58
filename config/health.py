"""Is it alive, and can it do its work."""

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.db import DatabaseSyncToAsync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from chat.eventlog import get_event_log
from config import VERSION, heartbeat
from config.api import utc_z
from config.celery import app
from integrations.models import AIProvider
from integrations.outbox.attention import attention
from integrations.services.rotation import known_seal_state
from tickets.telegram.attention import trouble

logger = logging.getLogger(__name__)

PART_SECONDS = 2
SILENT_AFTER = 20.0
SCHEMA_SECONDS = 60

# More than one probe's parts: those of a probe that was given up may still be waiting for the network.
_threads = ThreadPoolExecutor(max_workers=10, thread_name_prefix="readiness")


class NotReady(Exception):
    """A part does not work; the text is for the public and free of addresses."""


class Degraded(Exception):
    """A part works, less well than it should; the text is for the public and free of addresses."""


async def health(request: HttpRequest) -> JsonResponse:
    """Liveness: touches nothing."""
    return JsonResponse(
        {"status": "ok", "service": "switchboard", "version": VERSION, "timestamp": utc_z(timezone.now())}
    )


async def ready(request: HttpRequest) -> JsonResponse:
    """Readiness: every part is tried at once; 503 names those that fail, 200 those that work less well."""
    parts = dict(zip(PARTS, await asyncio.gather(*(_examine(name) for name in PARTS)), strict=True))
    failing = [name for name, part in parts.items() if not part["ok"]]
    degraded = [name for name, part in parts.items() if part.get("degraded")]
    state = "unavailable" if failing else "degraded" if degraded else "ok"
    body = {"status": state, "service": "switchboard", "failing": failing, "degraded": degraded, "parts": parts}
    response = JsonResponse(body, status=503 if failing else 200)
    # Django would log an error each time that somebody asks.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


async def _examine(name: str) -> dict[str, Any]:
    begun, extra = time.monotonic(), {}
    try:
        detail = await asyncio.wait_for(PARTS[name](), PART_SECONDS)
        ok = True
    except NotReady as error:
        ok, detail = False, str(error)
    except Degraded as error:
        ok, detail, extra = True, str(error), {"degraded": True}
    except TimeoutError:
        ok, detail = False, f"no answer in {PART_SECONDS} s"
    except Exception as error:  # noqa: BLE001 - whatever a part raises, it is the part that fails
        logger.warning("readiness: %s failed", name, exc_info=error)
        ok, detail = False, type(error).__name__
    return {"ok": ok, "detail": detail, "latency_ms": round((time.monotonic() - begun) * 1000), **extra}


def in_thread[T](part: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    """On a thread of its own, so that one part that hangs holds up no other."""

    @functools.wraps(part)
    async def run() -> T:
        answer: T = await DatabaseSyncToAsync(part, thread_sensitive=False, executor=_threads)()
        return answer

    return run


@in_thread
def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    _require_schema(int(time.monotonic() // SCHEMA_SECONDS))
    return connection.vendor


@functools.lru_cache(maxsize=1)
def _require_schema(period: int) -> None:
    """Looks once per period while all is well; a schema that is behind is looked at each time."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("migrations are waiting")


@in_thread
def broker() -> str:
    with app.connection_for_write() as link:
        link.ensure_connection(max_retries=0, timeout=PART_SECONDS)
        channel: Any = link.default_channel
        waiting = sum(channel.queue_declare(queue=name).message_count for name in heartbeat.QUEUES)
    return f"{waiting} tasks waiting"


@in_thread
def workers() -> str:
    ages = {queue: heartbeat.age(queue) for queue in heartbeat.QUEUES}
    silent = [queue for queue, age in ages.items() if age is None or age > SILENT_AFTER]
    if silent:
        raise NotReady(f"no worker for {', '.join(silent)}")
    return ", ".join(f"{queue} {age:.0f} s ago" for queue, age in ages.items())


@in_thread
def beat() -> str:
    age = heartbeat.age(heartbeat.BEAT)
    if age is None or age > SILENT_AFTER:
        raise NotReady("no sign of life")
    return f"{age:.0f} s ago"


async def layer() -> str:
    channel_layer = get_channel_layer()
    channel = await channel_layer.new_channel("health")
    await channel_layer.send(channel, {"type": "health"})
    await channel_layer.receive(channel)
    return "round trip"


async def event_log() -> str:
    await get_event_log().ping()
    return "memory" if settings.EMBEDDED else "redis"


@in_thread
def providers() -> dict[str, str]:
    """Named, never failing: answers degrade without them, the product works on."""
    words = {True: "healthy", False: "failing", None: "not checked yet"}
    rows = AIProvider.objects.filter(enabled=True).values_list("key", "healthy", "circuit__open_until")
    return {key: "paused" if open_until else words[healthy] for key, healthy, open_until in rows}


@in_thread
def secrets() -> str:
    """Named, never failing: what does not open has to be entered anew, the product works on."""
    state = known_seal_state()
    if state.lost:
        return f"{state.lost} do not open, {state.former} sealed with a former key"
    return f"{state.former} sealed with a former key" if state.former else "all sealed with the present key"


@in_thread
def outbox() -> str:
    """Undelivered messages are a person's task; waiting ones say that something does not work."""
    figures = attention(timezone.now())
    words = [
        f"{figure.count} {word}"
        for word, figure in (("late", figures.late), ("held back", figures.held), ("undelivered", figures.dead))
        if figure.count
    ]
    if figures.late.count or figures.held.count:
        raise Degraded(", ".join(words))
    return ", ".join(words) or "nothing waits"


@in_thread
def telegram() -> str:
    """Operators in Telegram: tickets are in the queue all the same, so it never fails."""
    found = trouble()
    if not found:
        return "told and heard"
    words = [
        word
        for word, is_so in (
            ("no chat is told of tickets", found.untold),
            ("cards cannot be shown", found.unshown),
            ("answers of operators do not arrive", found.unheard),
        )
        if is_so
    ]
    raise Degraded(", ".join(words))


PARTS: dict[str, Callable[[], Awaitable[Any]]] = {
    "database": database,
    "broker": broker,
    "workers": workers,
    "beat": beat,
    "layer": layer,
    "event_log": event_log,
    "providers": providers,
    "secrets": secrets,
    "outbox": outbox,
    "telegram": telegram,
}

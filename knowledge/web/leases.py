"""Who visits a website. One at a time, and one at a time on a host, whatever the number of workers."""

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from knowledge.choices import WebSourceState
from knowledge.indexing.leases import LeaseLost, free
from knowledge.models import WebSource
from knowledge.web.locations import host_of, key_of

# Longer than the slowest page takes: half a minute to fetch, five to read, and some to index.
LEASE = timedelta(minutes=8)
SOME = 20


def due() -> Q:
    """A visit that has to begin, or to go on."""
    return Q(enabled=True) & (Q(state=WebSourceState.FETCHING) | Q(next_at__lte=timezone.now()))


def claim_source() -> WebSource | None:
    """A website that is due, now this worker's; those whose time has come go before those that only go on."""
    for pk in WebSource.objects.filter(free(), due()).order_by("next_at", "pk").values_list("pk", flat=True)[:SOME]:
        until = timezone.now() + LEASE
        if WebSource.objects.filter(free(), due(), pk=pk).update(lease_until=until):
            # Somebody may have deleted it this very moment.
            return WebSource.objects.filter(pk=pk, lease_until=until).first()
    return None


def hold(source: WebSource, **values: Any) -> None:
    """Changes a website that is still this worker's and holds on to it; raises LeaseLost."""
    _change(source, timezone.now() + LEASE, values)


def let_go(source: WebSource, *, pause: float = 0.0, **values: Any) -> None:
    """Changes a website and gives it back; nobody takes it for `pause` seconds."""
    _change(source, timezone.now() + timedelta(seconds=pause) if pause else None, values)


def _change(source: WebSource, until: Any, values: dict[str, Any]) -> None:
    mine = WebSource.objects.filter(pk=source.pk, lease_until=source.lease_until)
    if not mine.update(lease_until=until, **values):
        raise LeaseLost
    for name, value in {**values, "lease_until": until}.items():
        setattr(source, name, value)


def take_host(url: str, source: WebSource) -> bool:
    """Whether nobody else is asking the address's host for something, or has just done so."""
    name, mine = _lock(url), str(source.pk)
    return bool(cache.add(name, mine, LEASE.total_seconds())) or cache.get(name) == mine


def leave_host(url: str, source: WebSource, *, pause: float = 0.0) -> None:
    """Lets others ask the host, after `pause` seconds."""
    if pause:
        cache.set(_lock(url), str(source.pk), pause)
    else:
        cache.delete(_lock(url))


def _lock(url: str) -> str:
    return f"knowledge:host:{key_of(host_of(url))}"

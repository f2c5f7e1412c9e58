"""The circuit breaker: a provider that fails is left alone for a while, then probed by one caller."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.models import AIProvider, Circuit
from integrations.providers.errors import ACCOUNT_FAULTS, ProviderError
from integrations.remember import forget, remembered

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """Opens after `failures` in a row, or at once where the server names a pause. Times in seconds.

    The pause doubles with each opening that no success came between.
    """

    failures: int = 5
    first_pause: float = 15.0
    longest_pause: float = 600.0
    # A server may name hours; then it is probed once in an hour all the same.
    longest_named_pause: float = 3600.0
    probe_seconds: float = 60.0

    def pause(self, openings: int) -> float:
        pause: float = min(self.first_pause * 2 ** min(openings, 16), self.longest_pause)
        return pause


POLICY = CircuitPolicy()


def admit(provider_id: UUID, *, now: datetime | None = None) -> bool:
    """Whether this call is the probe of an open circuit; raises ProviderError where calls are refused."""
    now = now or timezone.now()
    if not remembered(("circuits",), _troubled).get(provider_id):
        return False
    circuit = Circuit.objects.filter(provider_id=provider_id, open_until__isnull=False).first()
    if circuit is None or circuit.open_until is None:
        return False
    if circuit.open_until <= now and _claim_probe(provider_id, now):
        return True
    wait = max((circuit.open_until - now).total_seconds(), 0.0)
    raise ProviderError(
        "circuit_open", "The provider failed lately and is left alone for a while.", permanent=False, retry_after=wait
    )


def _troubled() -> dict[UUID, bool]:
    """The providers that failed since they last answered, each with whether its circuit is open."""
    troubled = Circuit.objects.filter(Q(open_until__isnull=False) | Q(failures__gt=0))
    return {pk: open_until is not None for pk, open_until in troubled.values_list("provider_id", "open_until")}


def _claim_probe(provider_id: UUID, now: datetime) -> bool:
    """One caller of all processes gets it; a prober that died is replaced."""
    free = Q(probe_until__isnull=True) | Q(probe_until__lte=now)
    probing = Circuit.objects.filter(free, provider_id=provider_id, open_until__lte=now)
    return bool(probing.update(probe_until=now + timedelta(seconds=POLICY.probe_seconds)))


def report_success(provider_id: UUID) -> bool:
    """The provider answered; True when that closed its circuit."""
    if provider_id not in remembered(("circuits",), _troubled):
        return False
    row = Circuit.objects.filter(provider_id=provider_id)
    closed = row.filter(open_until__isnull=False).update(**_CLOSED)
    if closed:
        forget()
        logger.info("provider %s answers again", provider_id)
    else:
        row.filter(failures__gt=0).update(failures=0)
    return bool(closed)


_CLOSED: dict[str, Any] = {
    "failures": 0,
    "openings": 0,
    "opened_at": None,
    "open_until": None,
    "probe_until": None,
    "reason": "",
}


def report_failure(
    provider_id: UUID, error: ProviderError, *, probe: bool = False, now: datetime | None = None
) -> bool:
    """Counts a failure of the account or the server; True when it opened the circuit."""
    if error.code not in ACCOUNT_FAULTS:
        if probe:
            give_back_probe(provider_id)
        return False
    now = now or timezone.now()
    Circuit.objects.get_or_create(provider_id=provider_id)
    Circuit.objects.filter(pk=provider_id).update(failures=F("failures") + 1, reason=error.code)
    circuit = Circuit.objects.get(pk=provider_id)
    pause = _pause(circuit, error, probe=probe)
    opened = pause is not None and _open(provider_id, error, pause, now)
    forget()
    return opened


def _pause(circuit: Circuit, error: ProviderError, *, probe: bool) -> float | None:
    """Seconds to leave the provider alone; None when it may be asked on."""
    named = min(error.retry_after or 0.0, POLICY.longest_named_pause)
    if probe or circuit.failures >= POLICY.failures:
        return max(named, POLICY.pause(circuit.openings))
    return named or None


def _open(provider_id: UUID, error: ProviderError, pause: float, now: datetime) -> bool:
    """Callers that fail at the same time open it once."""
    closed = Q(open_until__isnull=True) | Q(open_until__lte=now)
    opened = Circuit.objects.filter(closed, pk=provider_id).update(
        openings=F("openings") + 1,
        opened_at=Coalesce("opened_at", now),
        open_until=now + timedelta(seconds=pause),
        probe_until=None,
    )
    if opened:
        logger.warning("provider %s is left alone for %d s: %s", provider_id, pause, error.code)
    return bool(opened)


def give_back_probe(provider_id: UUID) -> None:
    """The probe ended without saying anything about the provider: the next caller may try."""
    Circuit.objects.filter(provider_id=provider_id).update(probe_until=None)


def close_circuit(provider: AIProvider, *, actor: Any) -> bool:
    """Lets calls through again at once; False when the circuit was not open."""
    closed = Circuit.objects.filter(provider=provider, open_until__isnull=False).update(**_CLOSED)
    logger.info("circuit of provider %s closed by %s", provider.key, actor)
    return bool(closed)

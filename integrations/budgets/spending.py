"""Setting aside before a call, more while it goes on, and what was really spent at its end.

A transaction locks its rows in the order of their keys, so that two never wait for each other.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations.budgets.limits import (
    BudgetExceeded,
    Limit,
    accounts_of,
    limits_of,
    locked_rows,
    period_start,
    spending_of,
)
from integrations.choices import Period
from integrations.models import Budget, Reservation, Spending
from integrations.providers.base import Usage
from integrations.remember import remembered
from integrations.services.routing import Route
from integrations.services.usage import Caller, cost_of

logger = logging.getLogger(__name__)

# Output tokens that are set aside at first; a long answer sets aside more as it grows.
FIRST_STEP = 256
GRACE = timedelta(seconds=60)
KEPT_DAYS = {Period.DAY: 45, Period.MONTH: 800}


def reserve(call_id: UUID, caller: Caller, route: Route, usage: Usage) -> bool:
    """Sets `usage` aside for the call in every limited account, or in none and raises BudgetExceeded.

    False when nothing limits the call: local answers, a key of the caller's own, no budget.
    """
    if route.provider is None or not remembered(("budgets",), _any_budget):
        return False
    limits = limits_of(caller)
    if limits:
        _set_aside(call_id, limits, usd=cost_of(route.row, usage), tokens=_sum(usage))
    return bool(limits)


def _any_budget() -> bool:
    return Budget.objects.filter(enabled=True).exists()


@transaction.atomic
def _set_aside(call_id: UUID, limits: list[Limit], *, usd: Decimal, tokens: int) -> None:
    by_key = {spending_of(limit.account, limit.period).pk: limit for limit in limits}
    _require_room(by_key, usd=usd, tokens=tokens)
    _change_reserved(by_key, usd=usd, tokens=tokens)
    Reservation.objects.create(pk=call_id, spendings=list(by_key), usd=usd, tokens=tokens, expires_at=_expiry())


@transaction.atomic
def extend(reservation_id: UUID, caller: Caller, route: Route, usage: Usage) -> None:
    """Sets `usage` aside besides; raises BudgetExceeded when a limit is reached."""
    reservation = Reservation.objects.select_for_update().filter(pk=reservation_id).first()
    if reservation is None:
        return
    usd, tokens = cost_of(route.row, usage), _sum(usage)
    held = {spending_of(limit.account, limit.period).pk: limit for limit in limits_of(caller)}
    by_key = {key: limit for key, limit in held.items() if key in reservation.spendings}
    _require_room(by_key, usd=usd, tokens=tokens)
    _change_reserved(reservation.spendings, usd=usd, tokens=tokens)
    Reservation.objects.filter(pk=reservation_id).update(usd=F("usd") + usd, tokens=F("tokens") + tokens)


def spend(caller: Caller, cost: Decimal, usage: Usage) -> None:
    """Counts what a call took, in the transaction of its row in the ledger; `cost` in USD."""
    keys = locked_rows(accounts_of(caller))
    Spending.objects.filter(pk__in=keys).update(usd=F("usd") + cost, tokens=F("tokens") + _sum(usage))


@transaction.atomic
def give_back(reservation_id: UUID) -> bool:
    """False when the reservation has gone: another one gave it back."""
    reservation = Reservation.objects.filter(pk=reservation_id).first()
    if reservation is None or not Reservation.objects.filter(pk=reservation_id).delete()[0]:
        return False
    list(_locked(reservation.spendings))
    _change_reserved(reservation.spendings, usd=-reservation.usd, tokens=-reservation.tokens)
    return True


def release_expired() -> int:
    """Gives back what dead workers had set aside; returns how many calls that were."""
    expired = list(Reservation.objects.filter(expires_at__lt=timezone.now()).values_list("pk", flat=True))
    released = sum(give_back(pk) for pk in expired)
    if released:
        logger.warning("%d reservations of calls that never ended were given back", released)
    return released


def prune_spending() -> None:
    """Forgets periods that nobody looks at any more; the ledger keeps every call."""
    for period, days in KEPT_DAYS.items():
        before = period_start(period) - timedelta(days=days)
        Spending.objects.filter(period=period, starts__lt=before).delete()


def refuse_when_spent(caller: Caller, first_route: Callable[[], Route]) -> None:
    """Raises BudgetExceeded when not even the beginning of an answer of the first model could be paid for."""
    limits = limits_of(caller) if remembered(("budgets",), _any_budget) else []
    if not limits or (route := first_route()).provider is None:
        return
    usd = cost_of(route.row, Usage(0, FIRST_STEP))
    for limit in limits:
        if limit.exhausted(spending_of(limit.account, limit.period), usd=usd, tokens=FIRST_STEP):
            raise BudgetExceeded(limit)


def _require_room(by_key: dict[int, Limit], *, usd: Decimal, tokens: int) -> None:
    for spending in _locked(by_key):
        if by_key[spending.pk].exhausted(spending, usd=usd, tokens=tokens):
            raise BudgetExceeded(by_key[spending.pk])


def _locked(keys: Iterable[int]) -> Iterable[Spending]:
    return Spending.objects.select_for_update().filter(pk__in=list(keys)).order_by("pk")


def _change_reserved(keys: Iterable[int], *, usd: Decimal, tokens: int) -> None:
    Spending.objects.filter(pk__in=list(keys)).update(
        reserved_usd=F("reserved_usd") + usd, reserved_tokens=F("reserved_tokens") + tokens
    )


def _expiry() -> datetime:
    return timezone.now() + timedelta(seconds=settings.TURN_MAX_SECONDS) + GRACE


def _sum(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens

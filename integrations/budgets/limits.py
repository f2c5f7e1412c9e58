"""Which limits hold for a caller, and where his spending is counted."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations.choices import BudgetScope, Payer, Period
from integrations.models import Budget, Spending
from integrations.providers.errors import ProviderError
from integrations.services.usage import Caller

# The closest to the person wins.
PERSONAL = (BudgetScope.USER, BudgetScope.ROLE, BudgetScope.PERSON, BudgetScope.VISITORS)


@dataclass(frozen=True, slots=True)
class Account:
    """Where spending is counted: the fields that name the row, without the period."""

    payer: str
    user_id: Any = None


@dataclass(frozen=True, slots=True)
class Limit:
    """What an account may spend in the running period; None is without limit."""

    account: Account
    period: str
    max_usd: Decimal | None
    max_tokens: int | None

    @property
    def is_shared(self) -> bool:
        return self.account.user_id is None

    def exhausted(self, spending: Spending, *, usd: Decimal, tokens: int) -> bool:
        """Whether so much more would be too much. What costs no money is not held up by a budget of money."""
        if usd and self.max_usd is not None and spending.usd + spending.reserved_usd + usd > self.max_usd:
            return True
        return self.max_tokens is not None and spending.tokens + spending.reserved_tokens + tokens > self.max_tokens


class BudgetExceeded(ProviderError):
    """A limit is reached. `retry_after` is the time in seconds until its period ends."""

    def __init__(self, limit: Limit) -> None:
        wait = (next_period(limit.period) - timezone.now()).total_seconds()
        super().__init__("budget_exceeded", "The budget is used up.", permanent=True, retry_after=wait)
        self.limit = limit


def accounts_of(caller: Caller) -> list[Account]:
    """What all spend together, and the caller's own; visitors share one, because a new visitor costs nothing."""
    return [Account(Payer.ALL), own_account(caller)]


def own_account(caller: Caller) -> Account:
    if caller.user is not None:
        return Account(Payer.USER, caller.user.pk)
    return Account(Payer.VISITORS if caller.visitor else Payer.SYSTEM)


def limits_of(caller: Caller) -> list[Limit]:
    """At most one limit for each account and period; an empty list when nothing limits the caller."""
    own = own_account(caller)
    holding = Q(scope=BudgetScope.ALL)
    if caller.user is not None:
        holding |= Q(scope=BudgetScope.USER, user=caller.user) | Q(scope=BudgetScope.PERSON)
        holding |= Q(scope=BudgetScope.ROLE, role=caller.user.role)
    elif own.payer == Payer.VISITORS:
        holding |= Q(scope=BudgetScope.VISITORS)
    budgets = {(budget.scope, budget.period): budget for budget in Budget.objects.filter(holding, enabled=True)}
    found = []
    for period in Period.values:
        closest = next((budgets[key] for scope in PERSONAL if (key := (scope, period)) in budgets), None)
        for account, budget in ((Account(Payer.ALL), budgets.get((BudgetScope.ALL, period))), (own, closest)):
            if budget is not None:
                found.append(Limit(account, period, budget.max_usd, budget.max_tokens))
    return found


def period_start(period: str, *, today: date | None = None) -> date:
    today = today or timezone.localdate()
    return today if period == Period.DAY else today.replace(day=1)


def next_period(period: str) -> datetime:
    """When the running period ends."""
    start = period_start(period)
    following = start + timedelta(days=1) if period == Period.DAY else (start + timedelta(days=32)).replace(day=1)
    return timezone.make_aware(datetime.combine(following, time.min))


def spending_of(account: Account, period: str) -> Spending:
    """The row of the running period, made on its first use."""
    row: Spending
    row, _ = Spending.objects.get_or_create(
        payer=account.payer, user_id=account.user_id, period=period, starts=period_start(period)
    )
    return row


def locked_rows(accounts: list[Account]) -> list[int]:
    """The keys of the accounts' rows of the running day and month, locked; one query once they are there."""
    wanted = {(account, period) for account in accounts for period in Period.values}
    of_accounts, of_periods = Q(), Q()
    for account in accounts:
        of_accounts |= Q(payer=account.payer, user=account.user_id)
    for period in Period.values:
        of_periods |= Q(period=period, starts=period_start(period))
    rows = Spending.objects.select_for_update().filter(of_accounts, of_periods).order_by("pk")
    found = {(Account(row.payer, row.user_id), row.period): row.pk for row in rows}
    missing = sorted(wanted - found.keys(), key=repr)
    return [*found.values(), *(spending_of(account, period).pk for account, period in missing)]

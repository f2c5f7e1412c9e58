"""Budgets: set aside before a call, kept to while it goes on, right when many spend at once."""

import asyncio
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.utils import timezone

from accounts.choices import Role
from integrations.budgets.limits import Account, BudgetExceeded, limits_of, spending_of
from integrations.budgets.spending import release_expired, reserve
from integrations.calls.chain import ModelCall
from integrations.calls.whole import complete
from integrations.choices import BudgetScope, Payer, Period
from integrations.models import Budget, Reservation, Spending, UsageRecord
from integrations.providers.base import Delta, Usage
from integrations.services.usage import Caller
from tests.integrations.calls.conftest import ask, first, register, request_to, route, second  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def budget(scope: str = BudgetScope.PERSON, **fields: Any) -> Budget:
    made: Budget = Budget.objects.create(scope=scope, **({"max_tokens": 1000} | fields))
    return made


def spent(payer: str = Payer.ALL, period: str = Period.DAY, user: Any = None) -> Spending:
    return spending_of(Account(payer, user.pk if user else None), period)


def test_the_closest_budget_wins_and_the_shared_one_holds_besides(alice, bob, charlie):
    charlie.role = Role.DEVELOPER
    budget(max_tokens=1)
    budget(BudgetScope.ROLE, role=Role.DEVELOPER, max_tokens=2)
    budget(BudgetScope.USER, user=alice, max_tokens=3)
    budget(BudgetScope.ALL, max_tokens=99)
    budget(BudgetScope.VISITORS, max_tokens=4)
    budget(BudgetScope.PERSON, period=Period.MONTH, enabled=False)
    found = {name: [limit.max_tokens for limit in limits_of(caller)] for name, caller in {
        "alice": Caller(alice), "bob": Caller(bob), "charlie": Caller(charlie), "visitor": Caller(visitor=True),
        "system": Caller(),
    }.items()}  # fmt: skip
    assert found == {"alice": [99, 3], "bob": [99, 1], "charlie": [99, 2], "visitor": [99, 4], "system": [99]}


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": BudgetScope.USER},
        {"scope": BudgetScope.ROLE},
        {"scope": BudgetScope.ALL, "role": Role.USER},
        {"scope": BudgetScope.ALL, "max_tokens": None},
    ],
)
def test_the_database_refuses_budgets_that_make_no_sense(fields):
    with pytest.raises(IntegrityError):
        budget(**fields)


def test_there_is_one_budget_of_a_kind(alice):
    budget()
    budget(period=Period.MONTH)
    with pytest.raises(IntegrityError):
        budget()


async def test_what_a_call_took_is_counted_for_the_day_and_the_month(alice, first, route):  # noqa: F811
    await complete([await route(first, "echo")], request_to, Caller(alice))
    rows = [row async for row in Spending.objects.all()]
    assert {(row.payer, row.period, row.tokens, str(row.usd)) for row in rows} == {
        (payer, period, 16, "0.00007750") for payer in (Payer.ALL, Payer.USER) for period in Period.values
    }
    assert {row.reserved_tokens for row in rows} == {0}


async def test_a_call_that_cannot_be_paid_for_is_not_made(alice, first, route):  # noqa: F811
    await Budget.objects.acreate(max_usd=Decimal("0.0001"))
    with pytest.raises(BudgetExceeded) as caught:
        await complete([await route(first, "echo")], request_to, Caller(alice))
    assert caught.value.code == "budget_exceeded"
    assert 0 < (caught.value.retry_after or 0) <= 86_400
    assert first.requests == []
    assert not await UsageRecord.objects.aexists()
    assert not await Reservation.objects.aexists()


async def test_an_answer_ends_where_the_budget_does_and_what_it_took_is_counted(alice, first, route):  # noqa: F811
    await Budget.objects.acreate(max_tokens=600)
    call, text = ModelCall([await route(first, "flood")], Caller(alice)), ""
    with pytest.raises(BudgetExceeded):
        async for item in call.stream(request_to):
            text += item.text if isinstance(item, Delta) else ""
    assert text.startswith("слово0 ")
    row = await UsageRecord.objects.aget()
    assert (row.error_code, row.estimated) == ("budget_exceeded", True)
    assert 256 < row.output_tokens <= 600
    counted = await asyncio.to_thread(in_thread, lambda: spent(Payer.USER, user=alice))
    assert counted.tokens == row.input_tokens + row.output_tokens
    assert (counted.reserved_tokens, await Reservation.objects.acount()) == (0, 0)


async def test_a_model_that_costs_nothing_is_not_held_up_by_a_budget_of_money(alice, first, route):  # noqa: F811
    free = await route(first, "echo")
    free.row.input_price = free.row.output_price = Decimal(0)
    await Budget.objects.acreate(max_usd=Decimal(0))
    await complete([free], request_to, Caller(alice))


async def test_a_key_of_the_callers_own_is_not_counted(alice, first, route):  # noqa: F811
    from dataclasses import replace

    await Budget.objects.acreate(max_tokens=1)
    own = replace(await route(first, "echo"), own_key=True, provider=None)
    await complete([own], request_to, Caller(alice))
    assert not await Spending.objects.filter(tokens__gt=0).aexists()


async def test_many_callers_at_once_set_no_more_aside_than_there_is(alice, first, route):  # noqa: F811
    planned = await route(first, "echo")
    await Budget.objects.acreate(max_tokens=1000)

    def take() -> bool:
        try:
            return reserve(uuid.uuid4(), Caller(alice), planned, Usage(100, 200))
        except BudgetExceeded:
            return False

    taken = await asyncio.gather(*(asyncio.to_thread(in_thread, take) for _ in range(8)))
    assert sum(taken) == 3
    counted = await asyncio.to_thread(in_thread, lambda: spent(Payer.USER, user=alice))
    assert counted.reserved_tokens == 900


async def test_many_calls_at_once_lose_no_token(alice, first, route):  # noqa: F811
    planned = await route(first, "echo")
    await Budget.objects.acreate(max_tokens=100_000)
    await asyncio.gather(*(complete([planned], request_to, Caller(alice)) for _ in range(10)))
    counted = await asyncio.to_thread(in_thread, lambda: spent(Payer.USER, user=alice))
    assert (counted.tokens, counted.reserved_tokens) == (160, 0)


def in_thread(work: Any) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def test_what_a_dead_worker_had_set_aside_is_given_back_once(alice, first, register):  # noqa: F811
    planned = register(first, "echo")
    budget()
    assert reserve(uuid.uuid4(), Caller(alice), planned, Usage(100, 200))
    assert release_expired() == 0
    Reservation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (release_expired(), release_expired()) == (1, 0)
    counted = spent(Payer.USER, user=alice)
    assert (counted.reserved_tokens, int(counted.reserved_usd), counted.tokens) == (0, 0, 0)


async def test_a_call_that_was_refused_gives_everything_back(alice, first, route):  # noqa: F811
    await Budget.objects.acreate(max_tokens=1000)
    planned = await route(first, "forbidden")
    with pytest.raises(Exception, match="API key"):
        await complete([planned], request_to, Caller(alice))
    counted = await asyncio.to_thread(in_thread, lambda: spent(Payer.USER, user=alice))
    assert (counted.tokens, counted.reserved_tokens) == (0, 0)

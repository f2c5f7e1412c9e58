"""The row of a call: there while it runs, closed however it ends, and by others when its worker dies."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.budgets.limits import Account, spending_of
from integrations.calls import books
from integrations.calls.chain import ModelCall
from integrations.calls.events import Started
from integrations.choices import CallOutcome, Payer, Period
from integrations.models import Budget, Reservation, Spending, UsageRecord
from integrations.services.usage import Caller
from tests.integrations.calls.conftest import ask, request_to

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timedelta(minutes=12)


def spent(user):
    return spending_of(Account(Payer.USER, user.pk), Period.DAY)


async def test_a_running_call_has_its_row_and_its_end_completes_it(alice, first, route):
    call = ModelCall([await route(first, "slow")], Caller(alice))
    async with aclosing(call.stream(request_to)) as events:
        async for item in events:
            if not isinstance(item, Started):
                break
        row = await UsageRecord.objects.aget()
        assert (row.outcome, row.estimated, row.output_tokens) == (CallOutcome.RUNNING, True, 0)
        assert row.input_tokens > 0
        assert not await UsageRecord.objects.ended().aexists()
    row = await UsageRecord.objects.aget()
    assert (row.outcome, row.error_code) == (CallOutcome.STOPPED, "")
    assert row.output_tokens > 0


async def test_a_call_that_is_given_up_before_the_model_is_asked_leaves_nothing(alice, first, route):
    await Budget.objects.acreate(max_tokens=1000)
    call = ModelCall([await route(first, "echo")], Caller(alice))
    async with aclosing(call.stream(request_to)) as events:
        assert isinstance(await anext(events), Started)
    assert first.requests == []
    assert not await UsageRecord.objects.aexists()
    assert not await Reservation.objects.aexists()


async def test_a_call_that_is_given_up_while_it_is_admitted_leaves_nothing(alice, first, route, monkeypatch):
    begun = asyncio.Event()
    loop, admit = asyncio.get_running_loop(), books.admit

    def noticed(*arguments, **named):
        loop.call_soon_threadsafe(begun.set)
        return admit(*arguments, **named)

    monkeypatch.setattr(books, "admit", noticed)
    await Budget.objects.acreate(max_tokens=1000)
    asking = asyncio.create_task(ask(await route(first, "echo")))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert first.requests == []
    assert not await UsageRecord.objects.aexists()
    assert not await Reservation.objects.aexists()


def test_the_call_of_a_dead_worker_is_estimated_and_paid_for_once(alice, first, register):
    Budget.objects.create(max_tokens=10_000)
    turn = "11111111-1111-4111-8111-111111111111"
    books.admit(register(first, "echo"), Caller(alice, turn), 100)
    assert spent(alice).reserved_tokens == 356

    books.interrupt_calls(turn, "word " * 40)
    row = UsageRecord.objects.get()
    assert (row.outcome, row.error_code, row.estimated) == (CallOutcome.FAILED, "interrupted", True)
    assert (row.input_tokens, row.output_tokens) == (100, 50)
    # 100 tokens at 2.5 USD and 50 at 10 USD a million.
    assert str(row.cost) == "0.00075000"
    books.interrupt_calls(turn, "word " * 80)
    counted = spent(alice)
    assert (counted.tokens, counted.reserved_tokens, str(counted.usd)) == (150, 0, "0.00075000")
    assert not Reservation.objects.exists()


def test_a_call_that_no_turn_accounts_for_is_closed_when_it_cannot_be_running_any_more(alice, first, register):
    books.admit(register(first, "echo"), Caller(alice, purpose="triage"), 100)
    assert books.interrupt_lost_calls() == 0
    UsageRecord.objects.update(created_at=timezone.now() - LONG_AGO)
    assert (books.interrupt_lost_calls(), books.interrupt_lost_calls()) == (1, 0)
    assert spent(alice).tokens == 100


async def test_a_worker_that_was_taken_for_dead_is_not_paid_for_twice(alice, first, route):
    call = ModelCall([await route(first, "slow")], Caller(alice))
    async with aclosing(call.stream(request_to)) as events:
        async for item in events:
            if not isinstance(item, Started):
                break
        await UsageRecord.objects.aupdate(created_at=timezone.now() - LONG_AGO)
        await asyncio.to_thread(books.interrupt_lost_calls)
    row = await UsageRecord.objects.aget()
    assert (row.outcome, row.error_code, row.output_tokens) == (CallOutcome.FAILED, "interrupted", 0)
    day = await Spending.objects.aget(payer=Payer.USER, period=Period.DAY)
    assert day.tokens == row.input_tokens

"""A provider takes so many calls at the same time, over all processes, in the order in which they came."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from integrations.calls.chain import ModelCall
from integrations.calls.events import Started, Waiting
from integrations.calls.permits import grant, release
from integrations.models import AIProvider, CallPermit
from integrations.services.usage import Caller
from tests.integrations.calls.conftest import ask, request_to
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


def limited(route, limit):
    AIProvider.objects.filter(pk=route.provider.pk).update(max_concurrency=limit)
    route.provider.max_concurrency = limit
    return route


async def test_no_more_calls_at_once_than_the_server_takes(first, register):
    model = await sync_to_async(lambda: limited(register(first, "counting"), 2))()
    answers = await asyncio.gather(*(ask(model) for _ in range(8)))
    assert {text for text, _ in answers} == {ANSWER}
    assert first.most_at_once == 2
    assert await CallPermit.objects.acount() == 0


async def test_who_waits_is_told_so_and_stops_waiting_when_cancelled(first, register):
    model = await sync_to_async(lambda: limited(register(first, "slow"), 1))()
    busy = asyncio.create_task(ask(model))
    async with asyncio.timeout(30):
        while not first.requests:
            await asyncio.sleep(0.02)
    events = ModelCall([model], Caller()).stream(request_to)
    assert isinstance(await anext(events), Waiting)
    waiting = asyncio.create_task(anext(events))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    first.gate.set()
    await busy
    assert await CallPermit.objects.acount() == 0


async def test_a_free_server_is_asked_without_waiting(first, register):
    model = await sync_to_async(lambda: limited(register(first, "echo"), 1))()
    call = ModelCall([model], Caller())
    kinds = [type(item) async for item in call.stream(request_to)]
    assert (kinds[0], Waiting in kinds) == (Started, False)


def test_the_line_is_kept_across_processes(first, register):
    provider = limited(register(first, "echo"), 1).provider
    now = timezone.now()
    held, granted = grant(provider.pk, None, now)
    assert granted
    early, _ = grant(provider.pk, None, now - timedelta(seconds=5))
    late, _ = grant(provider.pk, None, now)
    release(held)
    assert grant(provider.pk, late, now)[1] is False
    assert grant(provider.pk, early, now)[1] is True


def test_what_a_dead_worker_held_runs_out(first, register):
    provider = limited(register(first, "echo"), 1).provider
    grant(provider.pk, None, timezone.now())
    CallPermit.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert grant(provider.pk, None, timezone.now())[1] is True

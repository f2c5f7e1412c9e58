"""A provider that fails is left alone, then probed by exactly one caller."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone

from integrations.calls import circuit
from integrations.calls.circuit import POLICY
from integrations.models import AIProvider, Circuit
from integrations.providers.base import ProviderError
from tests.integrations.calls.conftest import ask
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)

DOWN = ProviderError("unavailable", "x", permanent=False)


@pytest.fixture
def provider(transactional_db):
    return AIProvider.objects.create(key="p", name="P", kind="openai", base_url="http://127.0.0.1:9/v1")


def fail(provider, times, error=DOWN, **more):
    return [circuit.report_failure(provider.pk, error, **more) for _ in range(times)]


def later(provider):
    """The time at which an open circuit may be probed."""
    open_until = Circuit.objects.get(provider=provider).open_until
    assert open_until
    return open_until + timedelta(seconds=1)


def test_it_opens_after_so_many_failures_in_a_row(provider):
    assert fail(provider, POLICY.failures) == [False] * (POLICY.failures - 1) + [True]
    with pytest.raises(ProviderError) as caught:
        circuit.admit(provider.pk)
    assert caught.value.code == "circuit_open"
    assert 0 < (caught.value.retry_after or 0) <= POLICY.first_pause


def test_a_success_in_between_begins_the_count_anew(provider):
    fail(provider, POLICY.failures - 1)
    circuit.report_success(provider.pk)
    fail(provider, POLICY.failures - 1)
    assert circuit.admit(provider.pk) is False


def test_a_pause_that_the_server_names_is_kept_from_the_first_time(provider):
    assert fail(provider, 1, ProviderError("rate_limited", "x", permanent=False, retry_after=120)) == [True]
    open_until = Circuit.objects.get().open_until
    assert open_until
    assert timedelta(seconds=110) < open_until - timezone.now() <= timedelta(seconds=120)


def test_what_one_request_did_wrong_says_nothing_about_the_provider(provider):
    fail(provider, 20, ProviderError("bad_request", "x", permanent=True))
    assert circuit.admit(provider.pk) is False


def test_one_caller_probes_and_the_others_are_refused(provider):
    fail(provider, POLICY.failures)
    now = later(provider)
    assert circuit.admit(provider.pk, now=now) is True
    with pytest.raises(ProviderError):
        circuit.admit(provider.pk, now=now)


async def test_of_many_callers_at_once_exactly_one_probes(provider):
    await sync_to_async(fail)(provider, POLICY.failures)
    now = await sync_to_async(later)(provider)

    def admitted() -> bool:
        try:
            return circuit.admit(provider.pk, now=now)
        except ProviderError:
            return False
        finally:
            connections.close_all()

    assert sum(await asyncio.gather(*(asyncio.to_thread(admitted) for _ in range(8)))) == 1


def test_a_prober_that_died_is_replaced(provider):
    fail(provider, POLICY.failures)
    now = later(provider)
    circuit.admit(provider.pk, now=now)
    assert circuit.admit(provider.pk, now=now + timedelta(seconds=POLICY.probe_seconds + 1)) is True


def test_a_probe_that_fails_doubles_the_pause_and_one_that_succeeds_closes(provider):
    fail(provider, POLICY.failures)
    now = later(provider)
    circuit.admit(provider.pk, now=now)
    assert circuit.report_failure(provider.pk, DOWN, probe=True, now=now)
    assert Circuit.objects.get().open_until == now + timedelta(seconds=2 * POLICY.first_pause)
    assert circuit.report_success(provider.pk)
    assert not Circuit.objects.get().is_open
    assert circuit.admit(provider.pk) is False


def test_callers_who_fail_together_open_it_once(provider):
    fail(provider, POLICY.failures + 10)
    assert Circuit.objects.get().openings == 1


async def test_an_open_circuit_costs_no_call_and_the_next_model_answers(first, second, route):
    broken, sound = await route(first, "broken"), await route(second, "echo")
    await Circuit.objects.acreate(provider=broken.provider, failures=POLICY.failures - 1)
    await ask(broken, sound)
    asked = len(first.requests)
    text, call = await ask(broken, sound)
    assert (text, call.failed[0][1]) == (ANSWER, "circuit_open")
    assert len(first.requests) == asked
    assert (await AIProvider.objects.aget(pk=broken.provider.pk)).healthy is False


async def test_the_first_word_of_a_probe_closes_the_circuit(first, route):
    slow = await route(first, "slow")
    await Circuit.objects.acreate(provider=slow.provider, failures=9, openings=1, open_until=timezone.now())
    call = asyncio.create_task(ask(slow))
    async with asyncio.timeout(30):
        while (await Circuit.objects.aget()).is_open:
            await asyncio.sleep(0.02)
    assert not call.done()
    first.gate.set()
    await call

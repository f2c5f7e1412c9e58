"""The next model is asked when one fails before its first word, and it is said."""

from dataclasses import replace

import pytest

from integrations.models import UsageRecord
from integrations.providers.base import ProviderError
from integrations.services.routing import route_with_key
from tests.integrations.calls.conftest import ask
from tests.model_server import ANSWER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("model", ["forbidden", "penniless", "unknown", "broken", "busy-long", "silent", "cut-at-once"])
async def test_a_model_that_fails_before_its_first_word_is_followed_by_the_next(first, second, route, model):
    text, call = await ask(await route(first, model), await route(second, "echo"))
    assert text == ANSWER
    assert call.route.degraded == "fallback"
    assert len(call.failed) == 1
    rows = [(row.attempt, row.outcome) async for row in UsageRecord.objects.order_by("attempt")]
    assert rows == [(1, "failed"), (2, "ok")]


@pytest.mark.parametrize(
    ("model", "code"),
    [("refused-request", "bad_request"), ("too-long", "context_too_long"), ("filtered", "content_filter")],
)
async def test_what_the_asker_caused_is_not_carried_to_another_provider(first, second, route, model, code):
    with pytest.raises(ProviderError) as caught:
        await ask(await route(first, model), await route(second, "echo"))
    assert caught.value.code == code
    assert second.requests == []


async def test_an_answer_that_broke_off_is_not_begun_anew(first, second, route):
    with pytest.raises(ProviderError) as caught:
        await ask(await route(first, "cut"), await route(second, "echo"))
    assert caught.value.code == "cut_stream"
    assert second.requests == []
    row = await UsageRecord.objects.aget()
    assert (row.outcome, row.error_code, row.estimated, row.output_tokens > 0) == ("failed", "cut_stream", True, True)


async def test_a_key_of_the_callers_own_is_never_replaced_by_ours(first, second, route):
    planned = await route(first, "forbidden")
    own = replace(planned, own_key=True, provider=None)
    with pytest.raises(ProviderError) as caught:
        await ask(own, await route(second, "echo"))
    assert caught.value.code == "invalid_api_key"
    assert second.requests == []
    assert (await UsageRecord.objects.aget()).own_key


async def test_a_call_that_was_refused_costs_nothing_and_all_attempts_add_up(first, second, route):
    _, call = await ask(await route(first, "broken"), await route(second, "echo"))
    refused = await UsageRecord.objects.aget(attempt=1)
    assert (refused.input_tokens, refused.output_tokens, refused.estimated) == (0, 0, False)
    assert (call.total.usage.input_tokens, str(call.total.cost)) == (11, "0.00007750")


async def test_when_all_fail_the_last_failure_is_told(first, second, route):
    with pytest.raises(ProviderError) as caught:
        await ask(await route(first, "broken"), await route(second, "forbidden"))
    assert caught.value.code == "invalid_api_key"


async def test_a_server_that_only_keeps_the_line_open_is_left_for_the_next(first, second, route, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.5
    text, call = await ask(await route(first, "pings"), await route(second, "echo"))
    assert text == ANSWER
    assert call.failed[0][1] == "timeout"


def test_a_key_of_the_callers_own_charges_nobody_else(first, register):
    planned = register(first, "echo")
    assert route_with_key(planned.provider_key, name="echo", api_key="sk-own").provider is None

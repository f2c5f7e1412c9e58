"""The OpenAI-compatible client against a server that behaves and misbehaves."""

import contextlib

import pytest

from integrations.providers.base import (
    ChatMessage,
    CompletionRequest,
    Delta,
    Finish,
    OutputSchema,
    ProviderError,
    Refusal,
    ToolCall,
    Usage,
)
from integrations.providers.openai import OpenAIProvider
from integrations.providers.openai_wire import response_format
from tests.model_server import ANSWER, model_server


def request(model: str) -> CompletionRequest:
    return CompletionRequest(model=model, messages=[ChatMessage("system", "s"), ChatMessage("user", "привет")])


async def collect(url: str, model: str) -> tuple[str, list[object]]:
    provider = OpenAIProvider(base_url=url, api_key="sk-test")
    events: list[object] = []
    try:
        async for item in provider.stream(request(model)):
            events.append(item)
    finally:
        await provider.aclose()
    return "".join(item.text for item in events if isinstance(item, Delta)), events


async def test_the_answer_arrives_piece_by_piece():
    with model_server() as server:
        provider = OpenAIProvider(base_url=server.url, api_key="sk-test")
        async with contextlib.aclosing(provider.stream(request("slow"))) as events:
            first = await anext(events)
            assert isinstance(first, Delta)
            # The server does not end its answer before this.
            server.gate.set()
            rest = [item async for item in events]
        await provider.aclose()
    assert isinstance(rest[-1], Finish)


async def test_the_answer_arrives_with_usage_and_reason():
    with model_server() as server:
        text, events = await collect(server.url, "echo")
    assert text == ANSWER
    assert events[-1] == Finish("stop", Usage(11, 5), "served")
    assert server.requests[0]["headers"]["authorization"] == "Bearer sk-test"
    assert server.requests[0]["messages"][-1] == {"role": "user", "content": "привет"}


@pytest.mark.parametrize(
    ("model", "code", "permanent"),
    [
        ("forbidden", "invalid_api_key", True),
        ("broken", "unavailable", False),
        ("cut", "cut_stream", False),
        ("garbage", "cut_stream", False),
        ("misshapen", "cut_stream", False),
        ("busy-long", "rate_limited", False),
    ],
)
async def test_every_failure_has_a_code_and_no_secret(model, code, permanent):
    with model_server() as server, pytest.raises(ProviderError) as caught:
        await collect(server.url, model)
    assert (caught.value.code, caught.value.permanent) == (code, permanent)
    assert "sk-" not in str(caught.value)


async def test_a_short_pause_that_the_server_names_is_waited_out():
    with model_server() as server:
        text, _ = await collect(server.url, "busy-once")
    assert text == ANSWER
    assert len(server.requests) == 2


async def test_a_long_pause_is_not_waited_out_and_the_server_is_not_asked_again():
    with model_server() as server:
        with pytest.raises(ProviderError) as caught:
            await collect(server.url, "busy-long")
        assert caught.value.retry_after == 120
        assert len(server.requests) == 1


async def test_nobody_there_is_unavailable():
    with model_server() as server:
        url = server.url
    with pytest.raises(ProviderError) as caught:
        await collect(url, "echo")
    assert caught.value.code == "unavailable"


async def test_reasoning_models_get_the_newer_limit_and_no_temperature():
    with model_server() as server:
        await collect(server.url, "gpt-5-mini")
    body = server.requests[0]
    assert body["max_completion_tokens"] == 4096
    assert not {"max_tokens", "temperature"} & set(body)


async def test_check_lists_the_models():
    with model_server() as server:
        provider = OpenAIProvider(base_url=server.url, api_key="")
        assert await provider.check() == ["echo"]
        await provider.aclose()


async def test_a_refusal_is_told_as_one():
    with model_server() as server:
        _, events = await collect(server.url, "refusing")
    assert events == [Refusal("I will not."), Finish("refusal", Usage(11, 5), "served")]


async def test_fragments_of_tool_calls_are_put_together_and_a_broken_one_is_said():
    with model_server() as server:
        _, events = await collect(server.url, "tools")
    whole, broken, finish = events
    assert whole == ToolCall("call_a", "weather", {"city": "Казань"}, '{"city": "Казань"}')
    assert (broken.id, broken.arguments, broken.raw) == ("call_b", {}, '{"zone": "Eur')
    assert broken.problem.startswith("the arguments are not JSON")
    assert finish.reason == "length"


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}, True),
        ({"type": "object", "properties": {"a": {}}, "required": ["a"]}, False),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": False}, False),
    ],
)
async def test_strict_mode_is_asked_for_only_where_the_schema_allows_it(schema, strict):
    assert response_format(OutputSchema("x", schema))["json_schema"]["strict"] is strict

"""Both clients against an emulator that breaks on demand and judges how they took it."""

import json
from collections.abc import AsyncIterator, Callable

import pytest

from integrations.providers.anthropic import AnthropicProvider
from integrations.providers.base import ChatMessage, CompletionRequest, OutputSchema, Provider, ProviderError, Tool
from integrations.providers.openai import OpenAIProvider
from tests.integrations.conftest import Emulator

WEATHER = Tool("get_weather", "The weather in a city", {"type": "object", "properties": {"city": {"type": "string"}}})
CITY = OutputSchema(
    "city",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
DIALECTS: dict[str, Callable[[Emulator], Provider]] = {
    "openai": lambda emulator: OpenAIProvider(base_url=emulator.openai, api_key="sk-test"),
    "anthropic": lambda emulator: AnthropicProvider(base_url=emulator.anthropic, api_key="sk-test"),
}
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-20250514"}


@pytest.fixture(params=DIALECTS)
async def client(request: pytest.FixtureRequest, emulator: Emulator) -> AsyncIterator[Provider]:
    made = DIALECTS[request.param](emulator)
    made.model = MODELS[request.param]
    yield made
    await made.aclose()


def ask(client: Provider, **more) -> CompletionRequest:
    return CompletionRequest(client.model, [ChatMessage("user", "What is the weather?")], **more)


async def failure(client: Provider, **more) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await client.complete(ask(client, **more))
    return caught.value


async def test_an_answer_comes_whole(client, emulator):
    emulator.behaves({"type": "reply", "text": "Солнечно, +20."})
    answer = await client.complete(ask(client))
    assert (answer.text, answer.reason) == ("Солнечно, +20.", "stop")
    assert answer.usage.output_tokens > 0


async def test_a_tool_call_comes_whole(client, emulator):
    emulator.behaves({"type": "reply", "tool_calls": [{"name": "get_weather", "arguments": {"city": "Казань"}}]})
    answer = await client.complete(ask(client, tools=[WEATHER]))
    (call,) = answer.tool_calls
    assert (answer.reason, call.name, call.arguments, call.problem) == (
        "tool_calls",
        "get_weather",
        {"city": "Казань"},
        "",
    )


async def test_the_result_of_a_tool_is_taken(client, emulator):
    emulator.behaves({"type": "reply", "tool_calls": [{"name": "get_weather", "arguments": {"city": "Казань"}}]})
    first = await client.complete(ask(client, tools=[WEATHER]))
    emulator.behaves({"type": "reply", "text": "Sunny."})
    call = first.tool_calls[0]
    messages = [
        ChatMessage("user", "What is the weather?"),
        ChatMessage("assistant", "", tool_calls=(call,)),
        ChatMessage("tool", "sunny", tool_call_id=call.id, name=call.name),
    ]
    answer = await client.complete(CompletionRequest(client.model, messages, tools=[WEATHER]))
    assert answer.text == "Sunny."


async def test_malformed_arguments_are_said_and_kept(client, emulator):
    emulator.behaves({"type": "tool_fault", "kind": "malformed_arguments"})
    answer = await client.complete(ask(client, tools=[WEATHER]))
    (call,) = answer.tool_calls
    assert call.problem
    assert (call.arguments, bool(call.raw)) == ({}, True)


async def test_openai_understands_a_schema(emulator):
    client = OpenAIProvider(base_url=emulator.openai, api_key="x")
    client.model = MODELS["openai"]
    answer = await client.complete(ask(client, schema=CITY))
    await client.aclose()
    assert list(json.loads(answer.text)) == ["city"]


async def test_a_pause_that_the_server_names_is_kept(client, emulator):
    emulator.behaves({"type": "fail", "status": 429, "retry_after": 0.3, "times": 2})
    await client.complete(ask(client))
    assert len(emulator.requests()) == 3
    assert emulator.verdict()["findings"] == []


async def test_a_failing_server_is_asked_again_with_growing_pauses(client, emulator):
    emulator.behaves({"type": "fail", "status": 500, "times": 2})
    await client.complete(ask(client))
    assert emulator.verdict()["findings"] == []


async def test_a_server_that_goes_on_failing_is_left_alone(client, emulator):
    emulator.behaves({"type": "fail", "status": 503, "times": None})
    assert (await failure(client)).code == "unavailable"
    assert len(emulator.requests()) == 3
    assert emulator.verdict()["passed"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "bad_request"), (401, "invalid_api_key"), (403, "invalid_api_key"), (404, "model_not_found")],
)
async def test_what_cannot_succeed_is_not_tried_again(client, emulator, status, code):
    emulator.behaves({"type": "fail", "status": status})
    error = await failure(client)
    assert (error.code, error.permanent) == (code, True)
    assert len(emulator.requests()) == 1
    assert emulator.verdict()["findings"] == []


@pytest.mark.parametrize("kind", ["truncate", "disconnect", "malformed"])
async def test_a_broken_stream_is_a_failure(client, emulator, kind):
    emulator.behaves({"type": "stream_fault", "kind": kind, "after_chunks": 3})
    assert (await failure(client)).code in {"cut_stream", "unavailable"}


async def test_a_stream_that_stalls_is_left(client, emulator, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.3
    client = type(client)(base_url=base_url(client, emulator), api_key="x")
    client.model = MODELS["openai"]
    emulator.behaves({"type": "stream_fault", "kind": "stall", "after_chunks": 2, "stall_seconds": 2})
    assert (await failure(client)).code == "timeout"
    await client.aclose()
    assert emulator.verdict()["findings"] == []


def base_url(client: Provider, emulator: Emulator) -> str:
    return emulator.openai if isinstance(client, OpenAIProvider) else emulator.anthropic


async def test_a_slow_first_token_is_waited_for_once(client, emulator, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.3
    client = type(client)(base_url=base_url(client, emulator), api_key="x")
    client.model = MODELS["openai"]
    emulator.behaves({"type": "slow_first_token", "seconds": 2, "times": 1})
    assert (await failure(client)).code == "timeout"
    await client.aclose()
    assert len(emulator.requests()) == 1


async def test_openai_embeds(emulator):
    client = OpenAIProvider(base_url=emulator.openai, api_key="x")
    vectors = await client.embed("text-embedding-3-small", ["one text", "another text"])
    await client.aclose()
    assert [len(vector) for vector in vectors.vectors] == [1536, 1536]
    assert vectors.usage and vectors.usage.input_tokens > 0


async def test_anthropic_has_no_embeddings_and_says_so(emulator):
    client = AnthropicProvider(base_url=emulator.anthropic, api_key="x")
    with pytest.raises(ProviderError) as caught:
        await client.embed("claude", ["a"])
    await client.aclose()
    assert caught.value.code == "unsupported"


async def test_retries_stay_a_small_part_of_the_traffic(client, emulator):
    emulator.behaves({"type": "fail", "status": 500, "times": None})
    client._throttle._tokens = 1.0
    assert (await failure(client)).code == "unavailable"
    assert (await failure(client)).code == "unavailable"
    assert len(emulator.requests()) == 3

import pytest

from integrations.providers.anthropic import AnthropicProvider
from integrations.providers.base import (
    ChatMessage,
    CompletionRequest,
    Delta,
    Finish,
    OutputSchema,
    ProviderError,
    Refusal,
    Tool,
    ToolCall,
    Usage,
)
from tests.model_server import model_server

DIALOGUE = [
    ChatMessage("system", "be brief"),
    ChatMessage("assistant", "an answer without its question"),
    ChatMessage("user", "one"),
    ChatMessage("user", "two"),
    ChatMessage("assistant", "three"),
    ChatMessage("user", "four"),
]


async def collect(url: str, model: str) -> list[object]:
    provider = AnthropicProvider(base_url=url.removesuffix("/v1"), api_key="sk-ant-test")
    try:
        return [item async for item in provider.stream(CompletionRequest(model=model, messages=DIALOGUE))]
    finally:
        await provider.aclose()


async def test_the_answer_arrives_with_usage():
    with model_server() as server:
        events = await collect(server.url, "claude-ok")
    assert "".join(item.text for item in events if isinstance(item, Delta)) == "Здравствуйте, мир"
    assert events[-1] == Finish("stop", Usage(7, 3), "claude")


async def test_the_request_has_a_system_field_a_user_first_and_strict_turns():
    with model_server() as server:
        await collect(server.url, "claude-ok")
    body = server.requests[0]
    assert body["system"] == "be brief"
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][0]["content"] == "one\n\ntwo"
    assert body["headers"]["x-api-key"] == "sk-ant-test"


async def test_an_error_event_in_mid_stream_is_a_failure():
    with model_server() as server, pytest.raises(ProviderError) as caught:
        await collect(server.url, "claude-overloaded")
    assert caught.value.code == "rate_limited"


async def test_fragments_of_a_tool_call_are_put_together():
    with model_server() as server:
        call, finish = await collect(server.url, "claude-tools")
    assert call == ToolCall("toolu_1", "weather", {"city": "Казань"}, '{"city": "Казань"}')
    assert finish.reason == "tool_calls"


async def test_a_refusal_is_told_and_cached_input_counted():
    with model_server() as server:
        events = await collect(server.url, "claude-refusing")
    assert events == [Refusal(""), Finish("refusal", Usage(107, 3), "claude")]


async def test_a_conversation_that_is_too_long_is_said():
    with model_server() as server, pytest.raises(ProviderError) as caught:
        await collect(server.url, "claude-long")
    assert (caught.value.code, caught.value.permanent) == ("context_too_long", True)


async def test_tools_and_schema_are_sent_in_its_own_words():
    schema = {"type": "object"}
    request = CompletionRequest(
        "claude-ok",
        [
            ChatMessage("user", "q"),
            ChatMessage("assistant", "", tool_calls=(ToolCall("t1", "weather", {"city": "x"}, "{}"),)),
            ChatMessage("tool", "sunny", tool_call_id="t1", name="weather"),
        ],
        tools=[Tool("weather", "Weather", schema)],
        schema=OutputSchema("answer", schema),
    )
    with model_server() as server:
        provider = AnthropicProvider(base_url=server.url.removesuffix("/v1"), api_key="x")
        await provider.complete(request)
        await provider.aclose()
    body = server.requests[0]
    assert body["tools"] == [{"name": "weather", "description": "Weather", "input_schema": schema}]
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
    assert body["messages"][1]["content"] == [
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "x"}}
    ]
    assert body["messages"][2]["content"] == [{"type": "tool_result", "tool_use_id": "t1", "content": "sunny"}]

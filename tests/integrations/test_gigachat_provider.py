"""The GigaChat client over real TLS; the official SDK says whether the server of these tests is one."""

import asyncio
from collections.abc import AsyncIterator

import gigachat
import pytest

from integrations.providers.base import (
    ChatMessage,
    Completion,
    CompletionRequest,
    OutputSchema,
    ProviderError,
    Tool,
    ToolCall,
    Usage,
)
from integrations.providers.gigachat import GigaChatProvider
from tests.integrations.gigachat_server import CREDENTIALS, WORDS, GigaChatServer

WEATHER = Tool("weather", "The weather in a city", {"type": "object", "properties": {"city": {"type": "string"}}})
CITY = OutputSchema("city", {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})


@pytest.fixture
async def client(giga: GigaChatServer) -> AsyncIterator[GigaChatProvider]:
    made = GigaChatProvider(base_url=giga.base_url, credentials=CREDENTIALS)
    yield made
    await made.aclose()


def request(model: str = "GigaChat-2", **more) -> CompletionRequest:
    return CompletionRequest(model=model, messages=[ChatMessage("user", "привет")], **more)


def test_the_official_sdk_takes_the_server_of_these_tests_for_gigachat(giga, giga_certificate):
    with gigachat.GigaChat(
        credentials=CREDENTIALS,
        model="GigaChat-2",
        base_url=giga.base_url,
        auth_url=giga.auth_url,
        ca_bundle_file=str(giga_certificate),
    ) as sdk:
        assert sdk.chat("привет").choices[0].message.content == "".join(WORDS)
        pieces = [chunk.choices[0].delta.content for chunk in sdk.stream("привет")]
        assert "".join(pieces) == "".join(WORDS)
        assert sdk.embeddings(["a", "bb"]).data[1].embedding == [2.0, 1.0]
        assert [model.id_ for model in sdk.get_models().data] == ["GigaChat-2"]


async def test_the_answer_arrives_whole_with_usage(client):
    assert await client.complete(request()) == Completion("".join(WORDS), "stop", Usage(9, 4), "GigaChat-2:1.0")


async def test_one_token_serves_many_calls_at_once(client, giga):
    await asyncio.gather(*(client.complete(request()) for _ in range(5)))
    assert giga.tokens == ["token-1"]


async def test_a_token_is_renewed_before_it_ends(client, giga):
    giga.lifetime = 59
    await client.complete(request())
    await client.complete(request())
    assert giga.tokens == ["token-1", "token-2"]


async def test_a_token_that_was_revoked_is_replaced_once(client, giga):
    await client.complete(request())
    giga.revoked.add("token-1")
    assert (await client.complete(request())).text == "".join(WORDS)
    assert giga.tokens == ["token-1", "token-2"]


async def test_wrong_credentials_are_said_and_not_tried_again(giga):
    client = GigaChatProvider(base_url=giga.base_url, credentials="wrong")
    with pytest.raises(ProviderError) as caught:
        await client.complete(request())
    await client.aclose()
    assert (caught.value.code, caught.value.permanent) == ("invalid_api_key", True)
    assert giga.requests == []


async def test_a_certificate_that_nobody_signed_is_not_trusted(giga, settings):
    settings.GIGACHAT_CA_BUNDLE_FILE = ""
    client = GigaChatProvider(base_url=giga.base_url, credentials=CREDENTIALS)
    with pytest.raises(ProviderError, match="certificate") as caught:
        await client.check()
    await client.aclose()
    assert caught.value.permanent
    assert giga.tokens == []


async def test_a_function_is_called_and_its_result_told(client, giga):
    first = await client.complete(request("call", tools=[WEATHER]))
    call = ToolCall("state-7", "weather", {"city": "Казань"}, '{"city": "Казань"}')
    assert (first.reason, first.tool_calls) == ("tool_calls", (call,))
    messages = [
        ChatMessage("user", "погода?"),
        ChatMessage("assistant", "", tool_calls=(call,)),
        ChatMessage("tool", "солнечно", tool_call_id="state-7", name="weather"),
    ]
    second = await client.complete(CompletionRequest("call", messages, tools=[WEATHER]))
    assert second.text == '{"result": "солнечно"}'
    sent = giga.requests[-1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "function"]
    assert sent[1]["function_call"] == {"name": "weather", "arguments": {"city": "Казань"}}
    assert sent[1]["functions_state_id"] == "state-7"


async def test_a_schema_goes_along(client):
    assert (await client.complete(request("json", schema=CITY))).text == '{"city": "Казань"}'


async def test_a_filtered_answer_says_so(client):
    assert (await client.complete(request("blacklist"))).reason == "content_filter"


async def test_a_short_pause_is_waited_out(client, giga):
    assert (await client.complete(request("busy"))).text == "".join(WORDS)
    assert len(giga.requests) == 2


@pytest.mark.parametrize(("model", "code"), [("cut", "cut_stream"), ("garbage", "cut_stream")])
async def test_half_an_answer_is_none(client, model, code):
    with pytest.raises(ProviderError) as caught:
        await client.complete(request(model))
    assert caught.value.code == code


async def test_a_server_that_fails_is_asked_three_times(client, giga):
    with pytest.raises(ProviderError) as caught:
        await client.complete(request("broken"))
    assert caught.value.code == "unavailable"
    assert len(giga.requests) == 3


async def test_texts_become_vectors(client):
    vectors = await client.embed("Embeddings", ["a", "bb"])
    assert (vectors.vectors, vectors.usage) == ([[1.0, 1.0], [2.0, 1.0]], Usage(6, 0))


async def test_check_lists_the_models(client):
    assert await client.check() == ["GigaChat-2"]

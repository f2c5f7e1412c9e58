"""A model server whose address may not be called: no call is made, and people are told why and what to do."""

import pytest

from integrations.providers.anthropic import AnthropicProvider
from integrations.providers.base import ProviderError
from integrations.providers.gigachat import GigaChatProvider
from integrations.providers.openai import OpenAIProvider

CLIENTS = [
    lambda url: OpenAIProvider(base_url=url, api_key="k"),
    lambda url: AnthropicProvider(base_url=url, api_key="k"),
    lambda url: GigaChatProvider(base_url=url, credentials="k"),
]
EVERY_CLIENT = pytest.mark.parametrize("connect", CLIENTS, ids=["openai", "anthropic", "gigachat"])


@EVERY_CLIENT
async def test_a_metadata_service_is_never_called(connect, settings):
    settings.INTERNAL_HOSTS = ["169.254.169.254:80", "0.0.0.0/0"]
    settings.GIGACHAT_AUTH_URL = "http://169.254.169.254/oauth"
    client = connect("http://169.254.169.254/v1")
    with pytest.raises(ProviderError) as caught:
        await client.check()
    await client.aclose()
    assert caught.value.permanent
    assert caught.value.message == "169.254.169.254 leads to an address that is never called."


@EVERY_CLIENT
async def test_a_server_inside_is_named_as_the_setting_wants_it(connect, settings):
    settings.INTERNAL_HOSTS = []
    settings.GIGACHAT_AUTH_URL = "http://10.0.0.5:8080/oauth"
    client = connect("http://10.0.0.5:8080/v1")
    with pytest.raises(ProviderError) as caught:
        await client.check()
    await client.aclose()
    assert "10.0.0.5:8080 in INTERNAL_HOSTS" in caught.value.message


def test_localhost_can_be_opened_like_any_inner_server(settings):
    from integrations.http import validate_outgoing_url

    settings.INTERNAL_HOSTS = ["localhost"]
    validate_outgoing_url("http://localhost:8080/v1")

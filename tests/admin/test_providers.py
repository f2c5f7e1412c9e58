"""Providers: the write-only key, the address, and Test now."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from integrations.models import AIModel, AIProvider, Circuit
from integrations.services.environment import sync_from_environment
from integrations.services.providers import api_key_of, set_api_key
from tests.canary import MARK
from tests.model_server import ModelServer, model_server

Staff = Callable[..., Client]
LIST = "/admin/integrations/aiprovider/"
SECRET = f"sk-live-{MARK}-4f9c2a7713be-QX7Z"


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def keyed(provider: AIProvider) -> AIProvider:
    set_api_key(provider, SECRET, actor="test")
    return provider


def page_url(provider: AIProvider) -> str:
    return reverse("admin:integrations_aiprovider_change", args=[provider.pk])


def save(client: Client, provider: AIProvider, **changes: str) -> Any:
    form = {
        "name": provider.name,
        "kind": provider.kind,
        "base_url": provider.base_url,
        "enabled": "on",
        "models-TOTAL_FORMS": "0",
        "models-INITIAL_FORMS": "0",
        **changes,
    }
    response = client.post(page_url(provider), form)
    provider.refresh_from_db()
    return response


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_provider_is_added_with_its_key(admin: Client) -> None:
    place = {"name": "Mistral", "key": "mistral", "kind": "openai", "base_url": "https://api.mistral.ai/v1/"}
    assert admin.post(f"{LIST}add/", {**place, "enabled": "on", "api_key": SECRET}).status_code == 302
    added = AIProvider.objects.get(key="mistral")
    assert added.base_url == "https://api.mistral.ai/v1"
    assert api_key_of(added) == SECRET
    assert SECRET not in added.sealed_api_key


def test_the_key_comes_back_empty_and_only_its_end_is_shown(admin: Client, keyed: AIProvider) -> None:
    for url in (page_url(keyed), LIST, f"{LIST}{keyed.pk}/history/"):
        page = admin.get(url).content.decode()
        assert SECRET not in page
        assert SECRET[:-4] not in page
        assert keyed.sealed_api_key not in page
    assert "ends in …QX7Z" in admin.get(page_url(keyed)).content.decode()


def test_saving_without_a_key_keeps_it(admin: Client, keyed: AIProvider) -> None:
    assert save(admin, keyed, name="Renamed").status_code == 302
    assert (keyed.name, api_key_of(keyed)) == ("Renamed", SECRET)


def test_a_new_key_replaces_the_old_one(admin: Client, keyed: AIProvider) -> None:
    save(admin, keyed, api_key="sk-second-key-0001")
    assert api_key_of(keyed) == "sk-second-key-0001"


def test_the_key_is_removed_on_request(admin: Client, keyed: AIProvider) -> None:
    save(admin, keyed, remove_key="on")
    assert keyed.sealed_api_key == ""


def test_a_refused_form_does_not_echo_the_key(admin: Client, keyed: AIProvider) -> None:
    response = save(admin, keyed, base_url="ftp://example.com", api_key="sk-typed-just-now-77")
    assert response.status_code == 200
    assert "sk-typed-just-now-77" not in response.content.decode()
    assert api_key_of(keyed) == SECRET


def test_a_stored_key_does_not_follow_the_address_to_another_server(admin: Client, keyed: AIProvider) -> None:
    response = save(admin, keyed, base_url="https://evil.example.net/v1")
    assert "another server" in response.content.decode()
    assert keyed.base_url == "http://127.0.0.1:9/v1"
    assert save(admin, keyed, base_url="https://other.example.net/v1", api_key="sk-of-elsewhere-1").status_code == 302
    assert save(admin, keyed, base_url="https://other.example.net/v2").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["ftp://example.com", "example.com/v1", "javascript:alert(1)", "http://", "http://[::1", "https://u:p@example.com",
     "https://example.com/?key=1", "http://example.com:99999/"],
)  # fmt: skip
def test_addresses_must_be_plain_http(admin: Client, provider: AIProvider, address: str) -> None:
    assert save(admin, provider, base_url=address).status_code == 200
    assert provider.base_url == "http://127.0.0.1:9/v1"


@pytest.mark.parametrize("address", ["http://llm:8000/v1", "http://[::1]:11434/v1", "http://10.0.0.7/v1"])
def test_servers_inside_are_opened_by_the_owner(admin: Client, provider: AIProvider, address: str, settings) -> None:
    refused = save(admin, provider, base_url=address)
    assert refused.status_code == 200
    assert "INTERNAL_HOSTS" in refused.content.decode()
    settings.INTERNAL_HOSTS = ["llm:8000", "[::1]:11434", "10.0.0.0/24"]
    assert save(admin, provider, base_url=address).status_code == 302


def test_what_the_environment_names_may_be_inside(admin: Client, provider: AIProvider, settings) -> None:
    settings.LOCAL_LLM_URL = "http://127.0.0.1:8080/v1"
    assert save(admin, provider, base_url="http://127.0.0.1:8080/v1").status_code == 302


def test_metadata_services_are_no_models(admin: Client, provider: AIProvider, settings) -> None:
    settings.INTERNAL_HOSTS = ["169.254.169.254"]
    assert save(admin, provider, base_url="http://169.254.169.254/v1").status_code == 200


def test_a_server_needs_an_address(admin: Client, provider: AIProvider) -> None:
    assert save(admin, provider, base_url="").status_code == 200


def test_what_the_environment_names_is_changed_there(admin: Client, db: None, settings: Any) -> None:
    settings.OPENAI_API_KEY = SECRET
    sync_from_environment()
    openai = AIProvider.objects.get(key="openai")
    save(admin, openai, base_url="https://evil.example.net/v1", kind="anthropic", api_key_setting="SECRET_KEY")
    assert (openai.base_url, openai.kind) == (settings.OPENAI_BASE_URL, "openai")
    assert openai.api_key_setting == "OPENAI_API_KEY"
    page = admin.get(page_url(openai)).content.decode()
    assert "From the environment, ends in …QX7Z" in page
    assert SECRET not in page


def test_the_short_name_stays(admin: Client, provider: AIProvider) -> None:
    save(admin, provider, key="other")
    assert provider.key == "house"


def test_test_now_shows_models_and_time(admin: Client, provider: AIProvider, models: ModelServer) -> None:
    AIProvider.objects.filter(pk=provider.pk).update(base_url=models.url)
    response = admin.get(reverse("admin:integrations_aiprovider_test_now", args=[provider.pk]))
    assert response.headers["Location"] == page_url(provider)
    assert "House server answered in" in said(response)
    assert "1 model. echo" in said(response)
    provider.refresh_from_db()
    assert provider.healthy is True


def test_test_now_shows_a_clear_error(admin: Client, provider: AIProvider) -> None:
    response = admin.get(reverse("admin:integrations_aiprovider_test_now", args=[provider.pk]))
    assert "House server does not answer:" in said(response)
    page = admin.get(LIST).content.decode()
    assert "Does not answer" in page
    provider.refresh_from_db()
    assert provider.failing_since is not None


def test_several_are_tested_at_once(admin: Client, provider: AIProvider) -> None:
    response = admin.post(LIST, {"action": "test_selected", "_selected_action": [str(provider.pk)]})
    assert "House server does not answer" in said(response)


def test_testing_needs_the_right_to_change(staff: Staff, provider: AIProvider) -> None:
    client = staff("integrations.view_aiprovider")
    assert client.get(reverse("admin:integrations_aiprovider_test_now", args=[provider.pk])).status_code == 403
    provider.refresh_from_db()
    assert provider.healthy is None


def test_models_are_listed_with_their_provider(admin: Client, provider: AIProvider) -> None:
    model = AIModel.objects.create(key="house-1", provider=provider, name="one", title="House one")
    page = admin.get(page_url(provider)).content.decode()
    assert "House one" in page
    assert reverse("admin:integrations_aimodel_change", args=[model.pk]) in page


def test_a_paused_provider_says_why_and_can_be_let_through(admin: Client, provider: AIProvider) -> None:
    Circuit.objects.create(provider=provider, open_until="2099-01-01T00:00:00Z", reason="timeout", openings=1)
    assert "Paused after failures (timeout)" in admin.get(page_url(provider)).content.decode()
    response = admin.post(f"{LIST}{provider.pk}/let-through/")
    assert "go through again" in said(response)
    assert not Circuit.objects.get().is_open


def test_who_may_only_look_cannot_let_calls_through(staff: Staff, provider: AIProvider) -> None:
    Circuit.objects.create(provider=provider, open_until="2099-01-01T00:00:00Z")
    response = staff("integrations.view_aiprovider").post(f"{LIST}{provider.pk}/let-through/")
    assert response.status_code == 403
    assert Circuit.objects.get().is_open


def test_the_number_of_calls_at_once_is_limited_there(admin: Client, provider: AIProvider) -> None:
    assert save(admin, provider, max_concurrency="0").status_code == 200
    assert save(admin, provider, max_concurrency="8").status_code == 302
    assert provider.max_concurrency == 8

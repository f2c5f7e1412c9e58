"""Local models in the back office: what is in memory, loading and unloading, and the next click after that."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import AIModel, AIProvider, LoadedModel, ModelUse, OllamaServer
from integrations.ollama import tasks
from tests.integrations.ollama.server import GIB, Ollama, ollama_server

LIST = "/admin/integrations/ollamaserver/"
MAY_SWITCH = ("integrations.view_ollamaserver", "integrations.change_aiprovider")


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    with ollama_server() as server:
        server.has(coder_7b=5, mistral_7b=4.5)
        server.loaded = {"coder:7b": 5 * GIB}
        yield server


@pytest.fixture
def server(db: None, ollama: Ollama) -> OllamaServer:
    provider = AIProvider.objects.create(
        key="gpu", name="Graphics <b>", kind="openai", base_url=ollama.url, serves_ollama=True
    )
    AIModel.objects.create(key="coder", provider=provider, name="coder:7b", title="Coder", is_local=True)
    rows = [{"name": name, "size": size} for name, size in ollama.installed.items()]
    rows.append({"name": "kimi:cloud", "size": 300})
    now = timezone.now()
    row = OllamaServer.objects.create(provider=provider, installed=rows, seen_at=now, switches=7, current_key="code")
    LoadedModel.objects.create(server=row, name="coder:7b", size=5 * GIB, since=now, until=now + timedelta(minutes=9))
    return row


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What a worker was asked to load."""
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(tasks.load, "delay", lambda *arguments: asked.append(arguments))
    return asked


def stands(server: OllamaServer, **values: Any) -> None:
    OllamaServer.objects.filter(pk=server.pk).update(**values)


def page_of(client: Client, server: OllamaServer, name: str = "change", language: str = "en") -> str:
    answer = client.get(f"{LIST}{server.pk}/{name}/", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, server: OllamaServer, name: str, model: str, **more: str) -> Any:
    return client.post(f"{LIST}{server.pk}/{name}/", {"name": model, **more}, follow=True)


def in_use(server: OllamaServer) -> None:
    until = timezone.now() + timedelta(seconds=30)
    ModelUse.objects.create(id=uuid4(), server=server, name="coder:7b", lease_until=until)


@pytest.mark.parametrize("page", ["change", "live"])
def test_the_page_says_what_is_in_memory_and_how_much_of_the_budget(admin: Client, server: Any, page: str) -> None:
    text = page_of(admin, server, page)
    assert "5.0 GB of 8.0 GB" in text
    assert "coder:7b" in text
    assert 'width="62.5"' in text
    assert f'hx-get="{LIST}{server.pk}/live/"' in text
    assert "<b>" not in text


def test_a_comma_in_numbers_does_not_break_the_bar(admin: Client, server: Any) -> None:
    text = page_of(admin, server, "live", "ru")
    assert 'width="62.5"' in text


def test_nothing_in_memory_and_nothing_on_the_server_are_said_with_the_next_step(admin: Client, server: Any) -> None:
    LoadedModel.objects.all().delete()
    stands(server, installed=[])
    text = page_of(admin, server)
    assert "No model is in memory" in text
    assert "ollama pull" in text


def test_a_load_that_is_under_way_is_shown(admin: Client, server: Any) -> None:
    until = timezone.now() + timedelta(seconds=20)
    stands(server, switcher=uuid4(), switching_to="mistral:7b", switching_until=until)
    assert "mistral:7b is being loaded" in page_of(admin, server, "live")
    stands(server, switching_until=timezone.now() - timedelta(seconds=1))
    assert "is being loaded" not in page_of(admin, server, "live")


def test_a_server_that_is_down_is_said_with_its_last_state(admin: Client, server: Any) -> None:
    stands(server, failing_since=timezone.now(), last_error="The model's server cannot be reached.")
    text = page_of(admin, server, "live")
    assert "does not answer" in text
    assert "cannot be reached" in text
    assert "coder:7b" in text


def test_what_nobody_has_looked_at_lately_is_said_to_be_old(admin: Client, server: Any) -> None:
    stands(server, seen_at=timezone.now() - timedelta(minutes=10))
    assert "Nobody has looked at the server" in page_of(admin, server, "live")
    assert "Not looked at" in admin.get(LIST).content.decode()


def test_more_than_planned_is_said(admin: Client, server: Any, settings: Any) -> None:
    settings.OLLAMA_MAX_VRAM_GB = 4.0
    assert "more than planned" in page_of(admin, server, "live")
    settings.OLLAMA_MAX_VRAM_GB = 0
    assert "the server itself decides" in page_of(admin, server, "live")


def test_the_list_explains_itself_while_it_is_empty(admin: Client, db: None) -> None:
    assert "http://127.0.0.1:11434/v1" in admin.get(LIST).content.decode()


def test_loading_is_left_to_a_worker(
    admin: Client, server: Any, loads: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert "mistral:7b is being loaded" in press(admin, server, "load", "mistral:7b").content.decode()
    assert loads == [(str(server.pk), "mistral:7b")]


@pytest.mark.parametrize("name", ["", "missing:1b", "x" * 100_000, "a\x00b", "../../etc"])
@pytest.mark.parametrize("action", ["load", "register"])
def test_what_the_server_does_not_have_is_refused(
    admin: Client, server: Any, loads: list[Any], action: str, name: str
) -> None:
    assert "does not have this model" in press(admin, server, action, name).content.decode()
    assert loads == []
    assert AIModel.objects.filter(provider=server.provider).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_room_and_loads(server: Any, ollama: Ollama) -> None:
    tasks.load(str(server.pk), "mistral:7b")
    assert ollama.log == [("unload", "coder:7b"), ("load", "mistral:7b")]
    row = OllamaServer.objects.get()
    assert (row.switches, row.switcher, ModelUse.objects.count()) == (8, None, 0)
    ollama.faults["load"] = lambda handler: handler.answer({}, 500)
    tasks.load(str(server.pk), "coder:7b")
    assert OllamaServer.objects.get().last_error == "The provider failed."


@pytest.mark.django_db(transaction=True)
def test_an_idle_model_is_unloaded_at_once(admin: Client, server: Any, ollama: Ollama) -> None:
    assert "coder:7b is unloaded" in press(admin, server, "unload", "coder:7b").content.decode()
    assert ollama.log == [("unload", "coder:7b")]
    assert not LoadedModel.objects.exists()
    assert OllamaServer.objects.get().switcher is None


@pytest.mark.django_db(transaction=True)
def test_one_in_use_is_unloaded_after_a_question(admin: Client, server: Any, ollama: Ollama) -> None:
    in_use(server)
    asked = press(admin, server, "unload", "coder:7b").content.decode()
    assert "1 answer is being written with it." in asked
    assert 'name="name" value="coder:7b"' in asked
    assert ollama.log == []
    press(admin, server, "unload", "coder:7b", post="yes")
    assert ollama.log == [("unload", "coder:7b")]


@pytest.mark.django_db(transaction=True)
def test_while_another_model_is_loaded_nothing_is_unloaded(admin: Client, server: Any, ollama: Ollama) -> None:
    until = timezone.now() + timedelta(seconds=20)
    stands(server, switcher=uuid4(), switching_to="mistral:7b", switching_until=until)
    assert "try again in a moment" in press(admin, server, "unload", "coder:7b").content.decode()
    assert ollama.log == []
    assert LoadedModel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_unload_that_fails_is_said_and_leaves_the_way_free(admin: Client, server: Any, ollama: Ollama) -> None:
    ollama.faults["unload"] = lambda handler: handler.answer({}, 500)
    assert "The provider failed." in press(admin, server, "unload", "coder:7b").content.decode()
    assert OllamaServer.objects.get().switcher is None


def test_a_model_of_the_server_is_added_to_the_registry_and_opened(admin: Client, server: Any) -> None:
    answer = press(admin, server, "register", "mistral:7b")
    row = AIModel.objects.get(name="mistral:7b")
    assert answer.redirect_chain[-1][0] == f"/admin/integrations/aimodel/{row.pk}/change/"
    assert (row.is_local, row.provider) == (True, server.provider)
    press(admin, server, "register", "kimi:cloud")
    assert AIModel.objects.get(name="kimi:cloud").is_local is False
    assert f"/admin/integrations/aimodel/{row.pk}/change/" in page_of(admin, server)


@pytest.mark.parametrize("action", ["load", "unload", "register"])
def test_who_may_only_look_is_refused_and_sees_no_buttons(staff: Any, server: Any, loads: Any, action: str) -> None:
    clerk = staff("integrations.view_ollamaserver")
    assert press(clerk, server, action, "mistral:7b").status_code == 403
    text = page_of(clerk, server)
    assert f"/{action}/" not in text
    assert loads == []


def test_who_may_switch_may_not_add(staff: Any, server: Any, loads: Any) -> None:
    clerk = staff(*MAY_SWITCH)
    assert press(clerk, server, "load", "mistral:7b").status_code == 200
    assert press(clerk, server, "register", "mistral:7b").status_code == 403


@pytest.mark.parametrize("action", ["live", "load", "unload", "register"])
def test_outsiders_see_nothing(staff: Any, client: Client, server: Any, action: str) -> None:
    url = f"{LIST}{server.pk}/{action}/"
    clerk = staff("integrations.view_aimodel")
    assert clerk.post(url, {"name": "coder:7b"}).status_code == 403
    assert client.post(url, {"name": "coder:7b"}).status_code == 302


@pytest.mark.parametrize("action", ["load", "unload", "register"])
def test_actions_need_a_post_and_a_server(admin: Client, server: Any, action: str) -> None:
    assert admin.get(f"{LIST}{server.pk}/{action}/").status_code == 405
    assert admin.post(f"{LIST}{uuid4()}/{action}/", {"name": "coder:7b"}).status_code == 404


def test_the_provider_s_page_leads_there_and_another_address_is_asked_anew(admin: Client, server: Any) -> None:
    url = f"/admin/integrations/aiprovider/{server.pk}/change/"
    assert f"{LIST}{server.pk}/change/" in admin.get(url).content.decode()
    form = {"name": "Graphics", "kind": "openai", "base_url": "https://example.com/v1", "enabled": "on"}
    inline = {f"models-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    assert admin.post(url, {**form, **inline}).status_code == 302
    assert AIProvider.objects.get(pk=server.pk).serves_ollama is None


def test_a_provider_can_still_be_deleted(admin: Client, server: Any) -> None:
    admin.post(f"/admin/integrations/aiprovider/{server.pk}/delete/", {"post": "yes"})
    assert not OllamaServer.objects.exists()

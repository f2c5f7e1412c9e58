"""The page of local models in a real browser: up to date by itself, on a phone too, and axe finds nothing serious."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import AIProvider, LoadedModel, ModelUse, OllamaServer
from tests.browser.serving import BrowserServer
from tests.browser.test_accessibility import findings
from tests.browser.test_back_office import dana, office  # noqa: F401 - fixtures

GIB = 2**30
LONG = "hf.co/averyverylongorganisation/averyveryverylongmodelname-instruct-GGUF:Q4_K_M"


@pytest.fixture
def ollama(server: BrowserServer) -> OllamaServer:
    provider = AIProvider.objects.create(
        key="gpu", name="Graphics", kind="openai", base_url="http://127.0.0.1:9/v1", serves_ollama=True
    )
    names = ["coder:7b", "mistral:7b", LONG, "kimi:cloud"]
    rows = [{"name": name, "size": 4 * GIB} for name in names]
    now = timezone.now()
    found = OllamaServer.objects.create(
        provider=provider, installed=rows, seen_at=now, version="0.12.3", current_key="code", current_at=now
    )
    for name, size in (("coder:7b", 5 * GIB), (LONG, 6 * GIB)):
        until = now + timedelta(minutes=9)
        LoadedModel.objects.create(server=found, name=name, size=size, since=now, until=until, used_at=now)
    ModelUse.objects.create(id=uuid4(), server=found, name="coder:7b", lease_until=now + timedelta(minutes=5))
    return found


def test_what_is_in_memory_changes_without_a_reload(
    office: Callable[..., Page],  # noqa: F811
    ollama: OllamaServer,
    server: BrowserServer,
) -> None:
    problems: list[str] = []
    page = office(problems)
    page.goto(f"/admin/integrations/ollamaserver/{ollama.pk}/change/")
    memory = page.get_by_role("group", name="In memory")
    expect(memory.get_by_text("coder:7b")).to_be_visible()
    expect(memory.get_by_text("1 answer being written")).to_be_visible()
    server.do(lambda: LoadedModel.objects.all().delete())
    expect(page.get_by_text("No model is in memory")).to_be_visible()
    expect(page.get_by_role("button", name="Load coder:7b")).to_be_visible()
    assert problems == []


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_fits_and_can_be_read_by_all(
    office: Callable[..., Page],  # noqa: F811
    ollama: OllamaServer,
    locale: str,
    scheme: str,
    width: int,
) -> None:
    problems: list[str] = []
    page = office(problems, viewport={"width": width, "height": 900}, locale=locale, color_scheme=scheme)
    page.goto(f"/admin/integrations/ollamaserver/{ollama.pk}/change/")
    expect(page.locator("#ollama-live .bo-memory")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
    assert problems == []

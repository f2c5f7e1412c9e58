"""axe-core finds nothing serious, in both languages, light and dark, wide and narrow."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import ask, newest_turn, write
from tests.browser.conftest import AXE
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer
from tests.browser.test_layout import ugly_conversation


def findings(page: Page) -> list[tuple[str, str]]:
    """(rule, element) of what axe holds to be serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], node["html"][:160] + " " + node["failureSummary"][:160])
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(
    server: BrowserServer,
    script: ScriptedApi,
    new_context: Callable[..., BrowserContext],
    locale: str,
    scheme: str,
    width: int,
) -> None:
    key = server.do(lambda: ugly_conversation(script))
    script.models["degraded"] = "no_model"
    page = new_context(viewport={"width": width, "height": 800}, locale=locale, color_scheme=scheme).new_page()
    for path in ("/", f"/c/{key}", "/c/00000000-0000-4000-8000-000000000000", "/login/", "/register/", "/nothing"):
        page.goto(path)
        page.locator("#main").wait_for()
        if path == "/" or path.startswith("/c/"):
            page.locator(".message, .state-page, .welcome").first.wait_for()
            page.locator("#notice .note").wait_for()
        assert findings(page) == [], path
    page.goto(f"/c/{key}")
    page.locator(".message").first.wait_for()
    if width < 861:
        page.locator("[data-sidebar-open]").click()
        expect(page.locator("[data-sidebar-close]").first).to_be_focused()
        expect(page.locator("#sidebar")).to_have_css("transform", "none")
    page.locator(".sidebar summary").click()
    assert findings(page) == [], "menu"


def test_axe_finds_nothing_serious_while_an_answer_is_written(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    page.locator("#send.stop").wait_for()
    turn = newest_turn(server)
    write(server, turn, "# Title\n\nText\n\n```python\nx = 1\n```\n\n| a |\n|---|\n| b |\n\nmore")
    expect(page.locator(".prose")).to_contain_text("more")
    assert findings(page) == []

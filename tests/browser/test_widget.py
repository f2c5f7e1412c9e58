"""The widget on somebody else's site, in a real browser: another origin, hostile styles, strict policies."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, expect

from chat.widgets.models import Widget
from tests.browser.chat import ANSWER, finish, newest_turn, write
from tests.browser.conftest import watch
from tests.browser.host_site import HostSite, host_site
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer
from tests.browser.test_accessibility import findings

BUTTON = "[data-switchboard]"
HOSTILE = """<style>
  * { all: unset !important; display: none }
  html, body, h1, p { display: block !important }
  @layer top { div, button, iframe, html > div { display: none !important; opacity: 0 !important } }
  iframe, div, button { transform: scale(0) !important; position: static !important; pointer-events: none !important }
</style><script>
  Array.prototype.toJSON = () => "broken"; String.prototype.toJSON = () => "broken";
  Array.prototype.map = Array.prototype.forEach = Array.prototype.includes = null;
  Object.prototype.surprise = 1;
</script>"""


@pytest.fixture
def widget(server: BrowserServer) -> Widget:
    made: Widget = Widget.objects.create(
        name="Shop", accent="#4f46e5", title_en="Lamp & Shade", suggestions_en=["What can you do?"]
    )
    return made


@pytest.fixture
def site(server: BrowserServer, widget: Widget) -> Iterator[HostSite]:
    with host_site(server.url, widget.key) as made:
        widget.origins = [made.origin]
        widget.save()
        yield made


@pytest.fixture
def shop(new_context: Callable[..., BrowserContext], problems: list[str]) -> Iterator[Page]:
    """A visitor's tab."""
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    watch(page, problems)
    yield page
    assert problems == []


def visit(page: Page, site: HostSite, path: str = "/") -> None:
    page.goto(site.origin + path)
    page.locator(BUTTON).wait_for(state="attached")


def panel_of(page: Page) -> Frame:
    """The panel's frame, once it is there; the shadow root around it is closed to the page and to us."""
    if not _frames(page):
        page.wait_for_event("framenavigated", lambda frame: "/widget/" in frame.url)
    frame = _frames(page)[0]
    frame.locator("#main:not([aria-busy])").wait_for()
    return frame


def _frames(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if "/widget/" in frame.url]


def press_button(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    page.mouse.click(size["width"] - 48, size["height"] - 48)


def opened(page: Page, site: HostSite, path: str = "/") -> Frame:
    visit(page, site, path)
    press_button(page)
    return panel_of(page)


def asked(panel: Frame, text: str = "Hello?") -> None:
    panel.locator("#message").fill(text)
    panel.locator("#message").press("Enter")
    panel.locator("#send.stop").wait_for()


def accessible_name(page: Page) -> str:
    """Of the button, as assistive technology has it."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    names = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "button"]
    return next((name for name in names if "chat" in name.lower() or "чат" in name.lower()), "")


def test_a_conversation_goes_on_from_page_to_page(shop: Page, site: HostSite, server: BrowserServer) -> None:
    panel = opened(shop, site)
    expect(panel.locator("#message")).to_be_focused()
    panel.locator("[data-starter]").click()
    panel.locator("#send.stop").wait_for()
    write(server, newest_turn(server), "Hello, **wor")
    expect(panel.locator(".prose strong")).to_have_text("wor")
    visit(shop, site, "/next")
    panel = panel_of(shop)
    expect(panel.locator(".prose strong")).to_have_text("wor")
    write(server, newest_turn(server), "ld**.")
    finish(server, newest_turn(server))
    expect(panel.locator(".prose")).to_have_text("Hello, world.")
    panel.locator(".answer-foot").wait_for()
    # The page that changed under an open panel keeps the focus.
    assert shop.evaluate("document.activeElement === document.body")


def test_an_answer_that_came_while_the_panel_was_shut_is_unread(
    shop: Page, site: HostSite, server: BrowserServer
) -> None:
    panel = opened(shop, site)
    asked(panel)
    panel.locator("#message").press("Escape")
    shop.evaluate("window.counts = []; void Switchboard.on('unread', ({count}) => counts.push(count))")
    write(server, newest_turn(server), ANSWER)
    finish(server, newest_turn(server))
    shop.wait_for_function("counts.at(-1) === 1")
    assert "1 new answer" in accessible_name(shop)
    press_button(shop)
    shop.wait_for_function("counts.at(-1) === 0")


@pytest.mark.parametrize(
    ("head", "policy"),
    [
        (HOSTILE, ""),
        ("", "default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; {sources}"),
    ],
    ids=["hostile", "strict policy"],
)
def test_on_a_hard_page(shop: Page, site: HostSite, server: BrowserServer, head: str, policy: str) -> None:
    sources = f"script-src {server.url}; connect-src {server.url}; frame-src {server.url}"
    site.pages["/"] = (head + site.tag, policy.format(sources=sources))
    panel = opened(shop, site)
    asked(panel)
    write(server, newest_turn(server), ANSWER)
    finish(server, newest_turn(server))
    expect(panel.locator(".prose li")).to_have_count(2)
    expect(panel.locator(".panel-head")).to_have_css("background-color", "rgb(79, 70, 229)")


def test_the_keyboard_is_enough(shop: Page, site: HostSite) -> None:
    visit(shop, site)
    shop.keyboard.press("Tab")
    assert shop.evaluate("document.activeElement.hasAttribute('data-switchboard')")
    shop.keyboard.press("Enter")
    panel = panel_of(shop)
    expect(panel.locator("#message")).to_be_focused()
    panel.locator("#message").fill("x")
    panel.locator("#send").focus()
    shop.keyboard.press("Tab")
    expect(panel.locator("#close")).to_be_focused()
    shop.keyboard.press("Shift+Tab")
    expect(panel.locator("#send")).to_be_focused()
    shop.keyboard.press("Escape")
    shop.wait_for_function("document.activeElement.hasAttribute('data-switchboard')")
    assert accessible_name(shop) == "Open the chat"


def test_the_page_has_one_name_and_one_button_however_often_it_loads_us(shop: Page, site: HostSite) -> None:
    before = "<script>window.before = new Set(Object.keys(window))</script>"
    site.pages["/"] = (before + site.tag + site.tag, "")
    visit(shop, site)
    shop.wait_for_load_state("networkidle")
    new = shop.evaluate("Object.keys(window).filter((name) => !before.has(name) && name !== 'before')")
    assert new == ["Switchboard"]
    assert shop.locator("[data-switchboard]").count() == 1
    assert shop.evaluate("Object.isFrozen(Switchboard)")


def test_the_button_survives_a_framework_that_swaps_the_page(shop: Page, site: HostSite) -> None:
    visit(shop, site)
    shop.evaluate("document.body.replaceWith(document.createElement('body'))")
    shop.evaluate("document.querySelector('[data-switchboard]').remove()")
    shop.locator(BUTTON).wait_for(state="attached")
    press_button(shop)
    panel_of(shop)


def test_a_site_that_is_not_on_the_list_gets_nothing(
    shop: Page, site: HostSite, server: BrowserServer, widget: Widget, problems: list[str]
) -> None:
    widget.origins = ["https://elsewhere.example.org"]
    widget.save()
    with shop.expect_console_message(lambda message: "list of sites" in message.text):
        shop.goto(site.origin)
    assert shop.locator("[data-switchboard]").count() == 0
    # Nor is the panel shown in a frame of that site, whoever writes the frame.
    with shop.expect_console_message(lambda message: "frame-ancestors" in message.text):
        shop.evaluate(
            "(url) => document.body.append(Object.assign(document.createElement('iframe'), {src: url}))",
            f"{server.url}/widget/{widget.key}/",
        )
    problems.clear()


def test_a_page_without_an_origin_is_told_why(shop: Page, site: HostSite, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(site.html("/"))
    with shop.expect_console_message(lambda message: "has no origin" in message.text):
        shop.goto((tmp_path / "page.html").as_uri())
    assert shop.locator("[data-switchboard]").count() == 0


def test_a_policy_that_forbids_frames_is_named(
    shop: Page, site: HostSite, server: BrowserServer, problems: Any
) -> None:
    site.pages["/"] = (site.tag, f"default-src 'none'; script-src {server.url}; connect-src {server.url}")
    visit(shop, site)
    with shop.expect_console_message(lambda message: "to frame-src" in message.text):
        press_button(shop)
    problems.clear()


def test_switched_off_under_an_open_panel(shop: Page, site: HostSite, script: ScriptedApi, widget: Widget) -> None:
    panel = opened(shop, site)
    widget.enabled = False
    widget.save()
    script.statuses[("POST", "/api/v1/turns")] = (403, {"detail": "The widget is switched off."}, {})
    panel.locator("#message").fill("Still there?")
    panel.locator("#message").press("Enter")
    expect(panel.locator(".state-page h2")).to_have_text("The chat is closed")


def test_a_refused_question_is_given_back(shop: Page, site: HostSite, script: ScriptedApi) -> None:
    script.statuses[("POST", "/api/v1/turns")] = (429, {"detail": "Too many."}, {"Retry-After": "7"})
    panel = opened(shop, site)
    panel.locator("#message").fill("One more?")
    panel.locator("#message").press("Enter")
    expect(panel.locator("#composer-error")).to_contain_text("in 7 seconds")
    expect(panel.locator("#message")).to_have_value("One more?")


def test_other_transports_carry_the_token_too(shop: Page, site: HostSite, server: BrowserServer) -> None:
    server.api.refused = {"websocket", "sse"}
    panel = opened(shop, site)
    asked(panel)
    write(server, newest_turn(server), ANSWER)
    finish(server, newest_turn(server))
    expect(panel.locator(".prose li")).to_have_count(2)
    assert {kind for kind, _ in server.api.connections} == {"sse", "poll"}


def ugly(script: ScriptedApi) -> None:
    conversation = script.new_conversation("x")
    script.add_exchange(
        conversation,
        "W" * 300 + "\n" + "line\n" * 200,
        "# Long\n\n" + "W" * 400 + "\n\n```python\n" + "x = 1  # " * 60 + "\n```",
    )
    script.add_exchange(
        conversation,
        "مرحبا، كيف أطلب مصباحًا؟",
        "أهلا! **اكتب** لنا.",
        sources=[{"title": "Guide " * 30, "heading": "", "url": "/guide/"}],
    )
    script.add_exchange(
        conversation, "And?", "Half", state="failed", turn={"error_code": "unavailable", "error_text": "Not now. " * 10}
    )


@pytest.mark.parametrize(
    ("locale", "scheme", "width"), [("en-US", "light", 360), ("ru-RU", "dark", 360), ("ru-RU", "light", 1280)]
)
def test_ugly_texts_fit_and_axe_finds_nothing_serious(
    new_context: Callable[..., BrowserContext],
    site: HostSite,
    server: BrowserServer,
    script: ScriptedApi,
    locale: str,
    scheme: Any,
    width: int,
) -> None:
    page = new_context(viewport={"width": width, "height": 740}, locale=locale, color_scheme=scheme).new_page()
    panel = opened(page, site)
    assert findings(panel) == [], "empty"
    asked(panel)
    finish(server, newest_turn(server))
    panel.locator(".answer-foot").wait_for()
    server.do(lambda: ugly(script))
    visit(page, site, "/next")
    panel = panel_of(page)
    panel.locator(".outcome").wait_for()
    assert findings(panel) == []
    assert panel.evaluate(
        "[document.documentElement, document.getElementById('scroller')].every((box) => box.scrollWidth <= innerWidth)"
    )
    covered = panel.evaluate("[innerWidth, innerHeight]") == [width, 740]
    assert covered is (width == 360)
    assert panel.evaluate("document.documentElement.lang") == locale[:2]

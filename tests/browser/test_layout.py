"""Narrow screens, ugly data, scrolling, themes, languages."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import answers, ask, finish, wait_for_turn, write
from tests.browser.conftest import watch
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LONG_WORD = "Слово" * 80
UGLY = f"""{LONG_WORD}

| a | b | c | d |
|---|---|---|---|
| {"wide " * 20} | `{"x" * 60}` | {LONG_WORD} | https://example.com/{"path/" * 30} |

```
{"a very long line of code " * 20}
```

مرحبا بالعالم، هذا جواب من اليمين إلى اليسار.

- {LONG_WORD}
  - {LONG_WORD}
"""


def ugly_conversation(script: ScriptedApi) -> str:
    conversation = script.new_conversation(LONG_WORD)
    source = {"title": LONG_WORD, "heading": LONG_WORD, "url": "/guide/"}
    script.add_exchange(conversation, LONG_WORD, UGLY, sources=[source], turn={"model_title": LONG_WORD})
    script.add_exchange(conversation, "\n".join(f"line {n}" for n in range(200)), UGLY, state="stopped")
    return str(conversation["id"])


def sideways(page: Page) -> Any:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_nothing_scrolls_sideways_on_a_phone(
    server: BrowserServer, script: ScriptedApi, new_context: Callable[..., BrowserContext], locale: str
) -> None:
    key = server.do(lambda: ugly_conversation(script))
    script.models["degraded"] = "no_model"
    page = new_context(**PHONE, locale=locale).new_page()
    for path in ("/", f"/c/{key}", "/c/00000000-0000-4000-8000-000000000000", "/login/", "/register/", "/nothing"):
        page.goto(path)
        page.locator("#main").wait_for()
        if path.startswith("/c/"):
            page.locator(".message, .state-page").first.wait_for()
        assert sideways(page) == 0, path
    page.goto(f"/c/{key}")
    page.locator(".message").first.wait_for()
    assert page.locator("#scroller").evaluate("(box) => box.scrollWidth - box.clientWidth") == 0
    table = page.locator(".table-scroll").first
    assert table.evaluate("(table) => table.scrollWidth > table.clientWidth")


def test_targets_are_44_pixels_on_a_phone(
    server: BrowserServer, script: ScriptedApi, new_context: Callable[..., BrowserContext]
) -> None:
    key = server.do(lambda: ugly_conversation(script))
    page = new_context(**PHONE).new_page()
    page.goto(f"/c/{key}")
    page.locator(".message").first.wait_for()
    page.get_by_role("button", name="Show the conversations").tap()
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a, select, input, summary')]
          .filter((e) => e.checkVisibility({visibilityProperty: true}))
          .filter((e) => !e.matches('.prose p *, .prose td *, .code-head *, [inert] *, .skip-link, .backdrop, .meta *'))
          .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
          .filter(([, height]) => height > 0 && height < 43.5)"""
    )
    assert small == []


def test_the_end_stays_in_sight_while_an_answer_grows(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Long")
    turn = wait_for_turn(page, server)
    for part in range(6):
        write(server, turn, *[f"Paragraph {part}-{n}.\n\n" for n in range(10)])
        expect(page.get_by_text(f"Paragraph {part}-9.")).to_be_in_viewport()
    expect(page.locator("#jump")).to_be_hidden()


def test_a_reader_who_scrolled_up_is_left_alone_and_can_jump_back(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Long")
    turn = wait_for_turn(page, server)
    write(server, turn, *[f"Paragraph {n}.\n\n" for n in range(80)])
    expect(answers(page)).to_contain_text("Paragraph 79.")
    page.locator("#scroller").hover()
    page.mouse.wheel(0, -600)
    expect(page.locator("#jump")).to_be_visible()
    before = page.evaluate("document.getElementById('scroller').scrollTop")
    write(server, turn, *[f"Later {n}.\n\n" for n in range(40)])
    expect(answers(page)).to_contain_text("Later 39.")
    assert page.evaluate("document.getElementById('scroller').scrollTop") == before
    page.locator("#jump").click()
    expect(page.locator("#jump")).to_be_hidden()
    write(server, turn, "The very end.")
    expect(page.get_by_text("The very end.")).to_be_in_viewport()


def test_finishing_does_not_move_the_text(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    write(server, turn, "One paragraph.")
    expect(answers(page)).to_have_text("One paragraph.")
    box = answers(page).bounding_box()
    composer = page.locator("#composer").bounding_box()
    finish(server, turn)
    page.locator(".answer-foot").wait_for()
    assert answers(page).bounding_box() == box
    assert page.locator("#composer").bounding_box() == composer


def test_right_to_left_text_reads_from_the_right(page: Page, server: BrowserServer, script: ScriptedApi) -> None:
    conversation = server.do(script.new_conversation)
    server.do(lambda: script.add_exchange(conversation, "مرحبا بالعالم", "English first.\n\nجواب بالعربية."))
    page.goto(f"/c/{conversation['id']}")
    direction = "(e) => getComputedStyle(e).direction"
    assert page.locator(".bubble").evaluate(direction) == "rtl"
    assert page.locator(".prose p").nth(0).evaluate(direction) == "ltr"
    assert page.locator(".prose p").nth(1).evaluate(direction) == "rtl"


def test_a_very_long_question_is_folded(page: Page, server: BrowserServer, script: ScriptedApi) -> None:
    conversation = server.do(script.new_conversation)
    server.do(lambda: script.add_exchange(conversation, "\n".join(f"line {n}" for n in range(200)), "Ok"))
    page.goto(f"/c/{conversation['id']}")
    expect(page.locator(".bubble.long")).to_have_count(1)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".bubble.long")).to_have_count(0)


@pytest.mark.parametrize(("theme", "scheme"), [("Light", "light"), ("Dark", "dark")])
def test_the_chosen_theme_is_kept_without_a_flash(page: Page, theme: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "light" else "light")
    page.goto("/")
    page.locator(".sidebar summary").click()
    page.get_by_role("button", name=theme, exact=True).click()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme
    html = page.request.get("/", headers={"Accept": "text/html"}).text()
    assert f'data-theme="{scheme}"' in html
    expect(page.get_by_role("button", name=theme, exact=True)).to_have_attribute("aria-pressed", "true")


def test_the_language_switch_changes_the_whole_page(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.locator(".sidebar summary").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("heading", name="Что вы хотите узнать?")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.get_by_role("button", name="Как подключить модель?").click()
    turn = wait_for_turn(page, server)
    write(server, turn, "Откройте админку.")
    server.do(lambda: turn.details.update(input_tokens=1, output_tokens=1))
    finish(server, turn)
    expect(page.locator(".meta")).to_contain_text("2 токена")
    attributes = "(all) => all.flatMap((e) => [e.ariaLabel, e.title, e.placeholder]).join(' ')"
    words = page.locator("body").inner_text() + page.locator("body *:not(svg *)").evaluate_all(attributes)
    for english in ("Settings", "Search", "Send", "Copy", "Try again", "New chat", "Guide\n", "Ask anything", "token"):
        assert english not in words, english


def test_the_sidebar_stays_folded(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Hide the conversations").click()
    expect(page.locator("#sidebar")).to_be_hidden()
    page.reload()
    expect(page.locator("#sidebar")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def test_motion_is_reduced_on_request(page: Page, server: BrowserServer) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    ask(page, "Hi")
    wait_for_turn(page, server)
    duration = page.locator(".pulse").evaluate("(e) => parseFloat(getComputedStyle(e).animationDuration)")
    assert duration < 0.001


def test_the_page_obeys_its_content_policy(page: Page, server: BrowserServer, problems: list[str]) -> None:
    response = page.goto("/")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    watch(page, problems)
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    write(server, turn, "| a |\n|:-:|\n| b |\n\n```python\nx\n```\n\nend")
    finish(server, turn)
    expect(answers(page).locator("td")).to_have_css("text-align", "center")
    assert problems == []

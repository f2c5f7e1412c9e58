"""Everything can be done from the keyboard."""

from playwright.sync_api import Page, expect

from tests.browser.chat import answers, ask, finish, requests, wait_for_turn, write
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer

NAME_OF_FOCUS = """(() => {
  const focus = document.activeElement;
  return focus.getAttribute("aria-label") || focus.id || focus.textContent.trim();
})()"""


def test_enter_sends_and_shift_enter_breaks_the_line(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    box = page.locator("#message")
    expect(box).to_be_focused()
    height = box.evaluate("(box) => box.clientHeight")
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    assert box.evaluate("(box) => box.clientHeight") > height
    page.keyboard.press("Enter")
    wait_for_turn(page, server)
    assert requests(server, "POST", "/api/v1/turns")[0]["message"] == "one\ntwo"


def test_an_empty_message_is_not_sent(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.locator("#message").fill("   \n ")
    page.keyboard.press("Enter")
    expect(page.locator("#send")).to_be_disabled()
    assert requests(server, "POST", "/api/v1/turns") == []


def test_slash_and_control_k_find_and_escape_returns(page: Page) -> None:
    page.goto("/")
    page.locator("#message").fill("a/b")
    expect(page.locator("#message")).to_have_value("a/b")
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#message")).to_be_focused()
    page.locator("#scroller").focus()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("")


def test_a_menu_is_walked_with_arrows_and_gives_the_focus_back(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    server.do(lambda: script.new_conversation("Talk"))
    page.goto("/")
    button = page.get_by_role("button", name="Options for “Talk”")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(page.get_by_role("menu")).to_have_count(0)


def test_escape_in_an_open_menu_does_not_stop_the_answer(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    page.locator(".sidebar summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("details[data-menu][open]")).to_have_count(0)
    page.locator(".conversation").hover()
    page.get_by_role("button", name="Options for “Hi”").click()
    page.keyboard.press("Escape")
    expect(page.locator("#send.stop")).to_be_visible()
    assert requests(server, "POST", f"/api/v1/turns/{turn.id}/stop") == []


def test_the_whole_page_is_reached_with_tab(page: Page, server: BrowserServer, script: ScriptedApi) -> None:
    conversation = server.do(lambda: script.new_conversation("Talk"))
    server.do(lambda: script.add_exchange(conversation, "Hi", "Hello\n\n```python\nx = 1\n```"))
    page.goto(f"/c/{conversation['id']}")
    expect(answers(page)).to_contain_text("Hello")
    page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(NAME_OF_FOCUS))
    for stop in ("Skip to the content", "New chat", "search", "Talk", "Options for “Talk”", "Guide", "Settings"):
        assert stop in seen, stop
    for stop in ("Messages", "Copy the question", "Copy the code", "Copy the answer", "Try again", "message", "model"):
        assert stop in seen, stop


def test_the_drawer_keeps_the_focus_until_it_is_closed(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    page.locator("#conversations .state").wait_for(state="attached")
    opener = page.get_by_role("button", name="Show the conversations")
    opener.click()
    expect(page.get_by_role("button", name="Hide the conversations")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('sidebar').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_a_finished_answer_is_announced_once_and_its_pieces_are_not(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    write(server, turn, "A long ", "answer")
    expect(answers(page)).to_have_text("A long answer")
    expect(page.locator("#announcer")).to_be_empty()
    finish(server, turn)
    expect(page.locator("#announcer")).to_have_text("The answer is ready. A long answer")

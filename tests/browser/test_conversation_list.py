"""The list of conversations: days, search, paging, rename, delete with Undo."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import answers, requests
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer


@pytest.fixture
def three(server: BrowserServer, script: ScriptedApi) -> None:
    def fill() -> None:
        for title, days in (("Today's talk", 0), ("Yesterday's talk", 1), ("An old talk", 400)):
            conversation = script.new_conversation(title, age=timedelta(days=days))
            script.add_exchange(conversation, "Question", f"Answer of {title}")

    server.do(fill)


def options(page: Page, title: str) -> None:
    page.locator(".conversation", has_text=title).hover()
    page.get_by_role("button", name=f"Options for “{title}”").click()


@pytest.mark.usefixtures("three")
def test_conversations_stand_under_their_days(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#conversations h2").nth(0)).to_have_text("Today")
    expect(page.locator("#conversations h2").nth(1)).to_have_text("Yesterday")
    expect(page.locator("#conversations h2")).to_have_count(3)


def test_an_empty_list_says_what_it_is_for(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#conversations")).to_contain_text("Your conversations will be kept here.")


@pytest.mark.usefixtures("three")
def test_search_asks_the_server_and_says_when_nothing_is_found(page: Page) -> None:
    page.goto("/")
    page.locator("#search").fill("old")
    expect(page.locator(".conversation")).to_have_count(1)
    page.locator("#search").fill("nonsense")
    expect(page.locator("#conversations")).to_contain_text("Nothing found.")
    page.locator("#search").press("Escape")
    expect(page.locator(".conversation")).to_have_count(3)


@pytest.mark.usefixtures("three")
def test_clicking_opens_and_going_back_returns(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="An old talk").click()
    expect(answers(page)).to_have_text("Answer of An old talk")
    page.get_by_role("link", name="Today's talk").click()
    expect(answers(page)).to_have_text("Answer of Today's talk")
    page.go_back()
    expect(answers(page)).to_have_text("Answer of An old talk")
    expect(page.locator(".conversation.current")).to_have_text("An old talk")


def test_a_long_list_is_loaded_page_by_page(page: Page, server: BrowserServer, script: ScriptedApi) -> None:
    server.do(lambda: [script.new_conversation(f"Talk {n}", age=timedelta(minutes=n)) for n in range(90)])
    page.goto("/")
    expect(page.locator(".conversation")).to_have_count(40)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".conversation")).to_have_count(80)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".conversation")).to_have_count(90)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_list_that_fails_can_be_tried_again(page: Page, script: ScriptedApi) -> None:
    script.statuses[("GET", "/api/v1/conversations")] = (500, {}, {})
    page.goto("/")
    expect(page.locator("#conversations")).to_contain_text("The conversations could not be loaded.")
    script.statuses.clear()
    page.locator("#conversations").get_by_role("button", name="Try again").click()
    expect(page.locator("#conversations")).to_contain_text("Your conversations will be kept here.")


@pytest.mark.usefixtures("three")
def test_renaming_shows_at_once_and_is_saved(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.get_by_role("link", name="An old talk").click()
    options(page, "An old talk")
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New title").fill("A new name")
    page.get_by_role("textbox", name="New title").press("Enter")
    expect(page.get_by_role("link", name="A new name")).to_be_visible()
    expect(page.locator("#title")).to_have_text("A new name")
    page.wait_for_load_state("networkidle")
    assert requests(server, "PATCH", "/api/v1/conversations/") == [{"title": "A new name"}]


@pytest.mark.usefixtures("three")
def test_escape_leaves_the_title_as_it_was(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    options(page, "An old talk")
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New title").fill("Oops")
    page.get_by_role("textbox", name="New title").press("Escape")
    expect(page.get_by_role("link", name="An old talk")).to_be_focused()
    assert requests(server, "PATCH", "/api/v1/conversations/") == []


@pytest.mark.usefixtures("three")
def test_a_title_that_could_not_be_saved_is_put_back(page: Page, script: ScriptedApi) -> None:
    page.goto("/")
    key = next(key for key, entry in script.conversations.items() if entry["title"] == "An old talk")
    script.statuses[("PATCH", f"/api/v1/conversations/{key}")] = (500, {}, {})
    options(page, "An old talk")
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New title").fill("A new name")
    page.get_by_role("textbox", name="New title").press("Enter")
    expect(page.locator(".toast")).to_contain_text("The new title could not be saved.")
    expect(page.get_by_role("link", name="An old talk")).to_be_visible()


@pytest.mark.usefixtures("three")
def test_a_deletion_can_be_undone(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.get_by_role("link", name="An old talk").click()
    options(page, "An old talk")
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.locator(".conversation")).to_have_count(2)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".conversation")).to_have_count(3)
    expect(answers(page)).to_have_text("Answer of An old talk")
    assert requests(server, "DELETE", "/api/v1/conversations/") == []


@pytest.mark.usefixtures("three")
def test_a_deletion_is_carried_out_when_the_page_is_left(page: Page, script: ScriptedApi) -> None:
    page.goto("/")
    options(page, "An old talk")
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.locator(".conversation")).to_have_count(2)
    page.goto("/login/")
    page.goto("/")
    expect(page.locator(".conversation")).to_have_count(2)
    assert len(script.conversations) == 2


def test_ten_thousand_conversations_do_not_slow_the_page(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    server.do(lambda: [script.new_conversation(f"Talk {n}", age=timedelta(minutes=n)) for n in range(10_000)])
    page.goto("/")
    expect(page.locator(".conversation")).to_have_count(40, timeout=3_000)

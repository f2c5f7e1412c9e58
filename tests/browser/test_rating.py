"""Thumbs below an answer, and the correction that follows a thumb down."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat import ask, finish, requests, wait_for_turn, write
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer
from tests.browser.test_accessibility import findings


@pytest.fixture
def answered(page: Page, server: BrowserServer, script: ScriptedApi) -> Page:
    """A conversation whose answer can be rated."""
    conversation = server.do(lambda: script.new_conversation("Prices"))
    server.do(lambda: script.add_exchange(conversation, "What does it cost?", "Ten dollars.", turn={"rating": 0}))
    page.goto(f"/c/{conversation['id']}")
    return page


def good(page: Page) -> Locator:
    return page.get_by_role("button", name="Good answer")


def bad(page: Page) -> Locator:
    return page.get_by_role("button", name="Bad answer")


def rated(server: BrowserServer) -> list[Any]:
    return [body for body in requests(server, "POST", "/api/v1/turns/") if body and "rating" in body]


def test_a_thumb_is_given_and_taken_back(answered: Page, server: BrowserServer) -> None:
    expect(good(answered)).to_have_attribute("aria-pressed", "false")
    good(answered).click()
    expect(good(answered)).to_have_attribute("aria-pressed", "true")
    expect(answered.get_by_text("Thank you!")).to_be_visible()
    good(answered).click()
    expect(good(answered)).to_have_attribute("aria-pressed", "false")
    assert rated(server) == [{"rating": 1}, {"rating": 0}]


def test_a_thumb_down_asks_how_it_should_have_been(answered: Page, server: BrowserServer) -> None:
    bad(answered).click()
    field = answered.get_by_label("How should the answer have been?")
    expect(field).to_be_focused()
    field.fill("In euros.")
    answered.get_by_role("button", name="Save").click()
    expect(field).to_have_count(0)
    assert rated(server) == [{"rating": -1}, {"rating": -1, "correction": "In euros."}]
    answered.reload()
    expect(bad(answered)).to_have_attribute("aria-pressed", "true")
    answered.get_by_role("button", name="Put it right").click()
    expect(answered.get_by_label("How should the answer have been?")).to_have_value("In euros.")


def test_by_keyboard_alone(answered: Page, server: BrowserServer) -> None:
    bad(answered).focus()
    answered.keyboard.press("Enter")
    expect(answered.get_by_label("How should the answer have been?")).to_be_focused()
    answered.keyboard.press("Escape")
    expect(answered.locator(".rate-form")).to_have_count(0)
    expect(answered.get_by_role("button", name="Put it right")).to_be_focused()
    assert rated(server) == [{"rating": -1}]


def test_an_answer_that_was_read_live_is_rated_too(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "What does it cost?")
    turn = wait_for_turn(page, server)
    write(server, turn, "Ten dollars.")
    expect(good(page)).to_have_count(0)
    server.do(lambda: turn.details.update(rating=0))
    finish(server, turn)
    good(page).click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert rated(server) == [{"rating": 1}]


def test_what_cannot_be_rated_has_no_thumbs(page: Page, server: BrowserServer, script: ScriptedApi) -> None:
    conversation = server.do(lambda: script.new_conversation("Prices"))
    server.do(lambda: script.add_exchange(conversation, "Hi", "Passages.", turn={"rating": None}))
    page.goto(f"/c/{conversation['id']}")
    expect(page.locator(".answer-foot")).to_be_visible()
    expect(page.locator(".rate")).to_have_count(0)


def test_what_was_not_saved_is_said_and_taken_back(answered: Page, server: BrowserServer, script: ScriptedApi) -> None:
    key = server.do(lambda: next(iter(script.turns)))
    refusal: tuple[int, dict[str, Any], dict[str, str]] = (503, {"detail": "Down."}, {})
    server.do(lambda: script.statuses.update({("POST", f"/api/v1/turns/{key}/rating"): refusal}))
    good(answered).click()
    expect(answered.get_by_text("The rating could not be saved.")).to_be_visible()
    expect(good(answered)).to_have_attribute("aria-pressed", "false")


def test_a_refused_correction_says_why(answered: Page, server: BrowserServer, script: ScriptedApi) -> None:
    bad(answered).click()
    answered.get_by_label("How should the answer have been?").fill("my password: hunter22")
    key = server.do(lambda: next(iter(script.turns)))
    body = {"detail": "Keys are not remembered.", "errors": [{"message": "Keys are not remembered."}]}
    server.do(lambda: script.statuses.update({("POST", f"/api/v1/turns/{key}/rating"): (422, body, {})}))
    answered.get_by_role("button", name="Save").click()
    expect(answered.get_by_role("alert").filter(has_text="Keys are not remembered.")).to_be_visible()


def test_the_form_has_no_serious_fault_and_fits_a_phone(answered: Page) -> None:
    answered.set_viewport_size({"width": 360, "height": 740})
    bad(answered).click()
    expect(answered.locator(".rate-form")).to_be_visible()
    assert findings(answered) == []
    assert answered.evaluate("document.documentElement.scrollWidth") <= 360

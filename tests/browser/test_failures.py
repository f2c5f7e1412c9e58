"""What is said, and what can be done, when something fails."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import answers, ask, wait_for_turn, write
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer


def test_a_failed_answer_says_what_happened_and_offers_retry(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    write(server, turn, "It began")

    def fail() -> None:
        text = "The model did not answer in time."
        turn.details |= {"error_code": "timeout", "error_text": text}
        turn.emit("error", text, metadata={"code": "timeout"})
        turn.emit("done", metadata={"state": "failed", "failed": True})

    server.do(fail)
    outcome = page.locator(".outcome")
    expect(outcome).to_contain_text("The answer was interrupted.")
    expect(outcome).to_contain_text("The model did not answer in time.")
    expect(outcome.get_by_role("button", name="Try again")).to_be_visible()


FAILURES: list[tuple[int, dict[str, Any], dict[str, str], str]] = [
    (500, {}, {}, "Something broke on the server"),
    (401, {"detail": "Not logged in."}, {}, "You are logged out"),
    (429, {"detail": "Throttled."}, {"Retry-After": "7"}, "Send again in 7 seconds."),
    (422, {"detail": "Invalid.", "errors": {"message": ["The message is too long."]}}, {}, "The message is too long."),
    (409, {"detail": "Busy.", "turn": "x"}, {}, "An answer is still being written"),
]


@pytest.mark.parametrize(("status", "body", "headers", "said"), FAILURES)
def test_a_question_that_was_not_accepted_returns_to_the_composer(
    page: Page, script: ScriptedApi, status: int, body: dict[str, Any], headers: dict[str, str], said: str
) -> None:
    script.statuses[("POST", "/api/v1/turns")] = (status, body, headers)
    page.goto("/")
    ask(page, "A precious question")
    expect(page.locator("#composer-error")).to_contain_text(said)
    expect(page.locator("#message")).to_have_value("A precious question")
    expect(page.locator(".message")).to_have_count(0)


def test_a_question_asked_while_the_server_is_away_returns_to_the_composer(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.locator("#model-choice").wait_for()
    server.do(lambda: setattr(server.proxy, "down", True))
    server.do(server.proxy.cut)
    ask(page, "A precious question")
    expect(page.locator("#composer-error")).to_contain_text("The server cannot be reached.")
    expect(page.locator("#message")).to_have_value("A precious question")
    server.do(lambda: setattr(server.proxy, "down", False))
    page.locator("#message").press("Enter")
    wait_for_turn(page, server)
    expect(page.locator("#composer-error")).to_be_hidden()


def test_a_conversation_that_is_gone_or_foreign_is_said_to_be_missing(page: Page) -> None:
    page.goto("/c/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", name="This conversation is not here")).to_be_visible()
    page.locator(".state-page").get_by_role("link", name="New chat").click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_a_conversation_that_could_not_be_loaded_can_be_tried_again(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    conversation = server.do(script.new_conversation)
    server.do(lambda: script.add_exchange(conversation, "Hi", "Hello"))
    script.statuses[("GET", f"/api/v1/conversations/{conversation['id']}")] = (500, {}, {})
    page.goto(f"/c/{conversation['id']}")
    expect(page.get_by_role("heading", name="The conversation could not be loaded")).to_be_visible()
    script.statuses.clear()
    page.get_by_role("button", name="Try again").click()
    expect(answers(page)).to_have_text("Hello")

"""Steps that the chat page's tests share."""

from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.scripted_turn import ScriptedTurn
from tests.browser.serving import BrowserServer

ANSWER = "Hello, **world**. This answer has\n\n- two\n- items\n\nand a last paragraph."


def ask(page: Page, text: str) -> None:
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")


def newest_turn(server: BrowserServer) -> ScriptedTurn:
    turn: ScriptedTurn = server.do(lambda: list(server.api.turns.values())[-1])
    return turn


def wait_for_turn(page: Page, server: BrowserServer) -> ScriptedTurn:
    """The turn of the question just sent, once the page reads it."""
    page.locator("#send.stop").wait_for()
    return newest_turn(server)


def write(server: BrowserServer, turn: ScriptedTurn, *pieces: str) -> None:
    def emit() -> None:
        for piece in pieces:
            turn.emit("delta", piece)

    server.do(emit)


def finish(server: BrowserServer, turn: ScriptedTurn, **metadata: Any) -> None:
    def end() -> None:
        turn.emit("content", turn.text, metadata={"model": "local", "sources": []})
        turn.emit("done", metadata={"state": "done", "failed": False, **metadata})

    server.do(end)


def answers(page: Page) -> Locator:
    return page.locator(".message.assistant .prose")


def requests(server: BrowserServer, method: str, prefix: str) -> list[Any]:
    return [body for verb, path, body in server.api.requests if verb == method and path.startswith(prefix)]

"""Mini-pages in a real browser: each template works, the sandbox holds, and the chat shows the page as a card."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from chat.artifacts.catalog import TEMPLATES
from chat.artifacts.composing import script_text
from chat.artifacts.models import Artifact
from tests.browser.chat import ask, requests, wait_for_turn, write
from tests.browser.conftest import AXE, watch
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer

# What a page could try, each with what it says when it worked.
ATTEMPTS = """
const tries = {
  cookie: () => "cookie " + document.cookie,
  storage: () => "storage " + localStorage.length,
  parent: () => "parent " + parent.document.title,
  frame: () => "frame " + frameElement.id,
  fetch: async () => "fetch " + (await fetch("/api/templates")).status,
  beacon: async () => "beacon " + (await new Promise((done, fail) => {
    const image = new Image();
    image.onload = done;
    image.onerror = fail;
    image.src = "/static/img/mark.svg";
  })),
  socket: () => new Promise((done, fail) => {
    const socket = new WebSocket(location.href.replace("http", "ws"));
    socket.onopen = () => done("socket open");
    socket.onerror = fail;
  }),
  popup: () => window.open("/") ? "popup open" : Promise.reject(new Error("no popup")),
  top: () => { if (top === self) throw new Error("is top"); top.location.href = "/guide/"; return "top moved"; },
};
(async () => {
  const result = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try { result[name] = String(await attempt()); } catch (error) { result[name] = "refused"; }
  }
  document.getElementById("result").textContent = JSON.stringify(result);
})();
"""


def stored(key: str, **data: Any) -> Artifact:
    template = TEMPLATES[key]
    shown = {**template.defaults("en"), **data}
    page: Artifact = Artifact.objects.create(
        task="x",
        title=shown["title"],
        template=key,
        html=template.markup(shown, language="en"),
        css=template.css,
        js=script_text(template.js),
        data=shown,
    )
    return page


@pytest.fixture
def opened(page: Page) -> Callable[..., Page]:
    def open_(key: str, **data: Any) -> Page:
        page.goto(stored(key, **data).get_absolute_url())
        return page

    return open_


# The templates


def test_tictactoe_is_played_to_the_end_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened("tictactoe", opponent="friend", names={"x": "Ann", "o": "Bob"})
    cells = page.locator("#board button")
    expect(page.locator("#status")).to_have_text("To move: Ann")
    cells.nth(0).focus()
    for key in ("Enter", "ArrowDown", "Enter", "ArrowUp", "ArrowRight", "Enter", "ArrowDown", "Enter", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("Ann won!")
    expect(page.locator("#board .line")).to_have_count(3)
    expect(page.locator("#score")).to_have_text("Ann 1Bob 0")
    page.get_by_role("button", name="New game").click()
    expect(page.locator("#board .x")).to_have_count(0)


def test_tictactoe_the_computer_answers_and_is_not_beaten(opened: Callable[..., Page]) -> None:
    page = opened("tictactoe")
    for count in range(1, 5):
        page.locator("#board button:not(.x):not(.o):enabled").first.click()
        # Noughts answer unless the game is over.
        page.wait_for_function(
            "n => document.querySelectorAll('#board .o').length >= n || document.querySelector('#board .line')",
            arg=count,
        )
        if page.locator("#board .line").count():
            break
    expect(page.locator("#score")).to_have_text(re.compile("^Crosses 0"))


def test_the_puzzle_is_solved_by_undoing_its_shuffle(opened: Callable[..., Page]) -> None:
    page = opened("puzzle_board", size=3, shuffle=5, labels=["one"])
    expect(page.get_by_role("button", name="Tile one", exact=True)).to_have_count(1)
    moves = {"Up": "ArrowUp", "Down": "ArrowDown", "Left": "ArrowLeft", "Right": "ArrowRight"}
    for key in solution(page.locator("#board > *").all_inner_texts()):
        page.keyboard.press(moves[key])
    expect(page.locator("#status")).to_have_text(re.compile(r"Solved! Moves: \d+, \d:\d\d"))
    page.get_by_role("button", name="Shuffle").click()
    expect(page.locator("#moves")).to_have_text("Moves: 0")


def solution(tiles: list[str]) -> list[str]:
    """The keys that put a 3 x 3 board in order, found by trying, the shortest first."""
    start = tuple({"one": "1", "": "9"}.get(tile, tile) for tile in tiles)
    goal = tuple("123456789")
    seen, front = {start}, [(start, list[str]())]
    steps = {"Up": 3, "Down": -3, "Left": 1, "Right": -1}
    while front:
        state, path = front.pop(0)
        if state == goal:
            return path
        gap = state.index("9")
        for key, step in steps.items():
            place = gap + step
            if not 0 <= place < 9 or (abs(step) == 1 and place // 3 != gap // 3):
                continue
            moved = list(state)
            moved[gap], moved[place] = moved[place], moved[gap]
            if tuple(moved) not in seen:
                seen.add(tuple(moved))
                front.append((tuple(moved), [*path, key]))
    raise AssertionError("the board cannot be solved")


def test_the_inventory_uses_equips_filters_and_drops(opened: Callable[..., Page]) -> None:
    page = opened("rpg_inventory")
    page.get_by_role("button", name="Healing potion, 3 pcs., Common").click()
    expect(page.locator("#details")).to_contain_text("Restores some health.")
    page.locator("#use").click()
    expect(page.get_by_role("button", name="Healing potion, 2 pcs., Common")).to_have_count(1)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Iron sword, 1 pcs., Common").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#use")).to_have_text("Equip")
    page.keyboard.press("u")
    expect(page.locator("#use")).to_have_text("Take off")
    page.get_by_role("button", name="Weapons").click()
    expect(page.locator("#slots .other")).to_have_count(6)
    page.locator("#drop").click()
    expect(page.get_by_role("button", name="Iron sword")).to_have_count(0)
    expect(page.locator("#filled")).to_have_text("Slots: 6 of 20")


def test_the_platformer_runs_jumps_pauses_and_ends(opened: Callable[..., Page]) -> None:
    page = opened("platformer_hud", lives=2, seconds=15, coins=3)
    expect(page.locator("#coins")).to_have_text("Coins: 3 of 15")
    expect(page.get_by_role("img", name="Lives: 2")).to_have_text("♥♥")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#run")).to_have_text("Pause")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#time")).to_have_text("Time: 14")
    page.keyboard.press("p")
    expect(page.locator("#run")).to_have_text("Go on")
    expect(page.locator("#jump")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", list(TEMPLATES))
def test_templates_fit_a_phone_and_have_no_serious_accessibility_finding(
    new_context: Callable[..., BrowserContext], problems: list[str], key: str, scheme: str
) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, bypass_csp=True).new_page()
    watch(page, problems)
    page.goto(stored(key).get_absolute_url())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")["violations"]
    assert [entry["id"] for entry in found if entry["impact"] in {"serious", "critical"}] == []
    assert problems == []


# The sandbox


def hostile() -> Artifact:
    page: Artifact = Artifact.objects.create(task="x", title="Hostile", html='<p id="result"></p>', js=ATTEMPTS)
    return page


def results(frame: Page | FrameLocator) -> dict[str, str]:
    found = frame.locator("#result")
    expect(found).not_to_be_empty()
    outcome: dict[str, str] = json.loads(found.inner_text())
    return outcome


def test_a_page_of_its_own_tab_reaches_nothing(new_context: Callable[..., BrowserContext]) -> None:
    context = new_context()
    page = context.new_page()
    page.goto("/")
    page.goto(hostile().get_absolute_url())
    refused = {"cookie", "storage", "fetch", "beacon", "socket", "popup"}
    assert {name for name, outcome in results(page).items() if outcome == "refused"} >= refused
    assert page.url.endswith(".html")


def test_a_page_in_the_chat_reaches_nothing(
    new_context: Callable[..., BrowserContext], server: BrowserServer, script: ScriptedApi
) -> None:
    page = new_context().new_page()
    conversation = script.new_conversation("Pages")
    script.add_exchange(conversation, "make one", "Here it is.", artifact=card(hostile()))
    page.goto(f"/c/{conversation['id']}")
    outcomes = results(page.frame_locator(".page-card iframe"))
    assert set(outcomes.values()) == {"refused"}
    assert page.url.endswith(conversation["id"])
    assert len(page.context.pages) == 1


# The card in the chat


def card(artifact: Artifact, **changes: Any) -> dict[str, Any]:
    return {
        "id": artifact.pk,
        "title": artifact.title,
        "template_used": "Tic-tac-toe",
        "url": artifact.get_absolute_url(),
        "model": None,
        "degraded": "no_model",
        "metadata": {"rating": None, "rated_at": None},
        **changes,
    }


def test_an_answer_that_is_a_page_can_be_played_and_rated(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    artifact = stored("tictactoe", opponent="friend")
    page.goto("/")
    ask(page, "Создай UI")
    turn = wait_for_turn(page, server)
    server.do(lambda: turn.emit("stage", "…", stage="generation"))
    expect(page.locator(".stages summary")).to_have_text("Building the page…")
    write(server, turn, "The page is ready.")

    def end() -> None:
        turn.emit("artifact", turn.text, metadata={"artifact": card(artifact), "cell_used": "ui_code_cell"})
        turn.emit("done", metadata={"state": "done", "failed": False})

    server.do(end)
    box = page.locator(".page-card")
    expect(box).to_contain_text("Tic-tac-toe · ready-made, no model")
    assert box.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    game = page.frame_locator(".page-card iframe")
    game.locator("#board button").first.click()
    expect(game.locator("#board .x")).to_have_count(1)
    box.get_by_role("radio", name="4 stars").check(force=True)
    expect(box.get_by_role("status")).to_have_text("Thank you!")
    expect(box.locator(".lit")).to_have_count(4)
    assert Artifact.objects.get().rating == 4
    with page.context.expect_page() as tab:
        box.get_by_role("link", name="Open in a new tab").click()
    expect(tab.value.locator("#board button")).to_have_count(9)


def test_the_history_shows_the_page_and_a_failed_rating_is_said(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    artifact = stored("puzzle_board")
    conversation = script.new_conversation("Pages")
    script.add_exchange(conversation, "make one", "Here.", artifact=card(artifact, metadata={"rating": 2}))
    page.goto(f"/c/{conversation['id']}")
    box = page.locator(".page-card")
    expect(box.locator(".lit")).to_have_count(2)
    expect(page.frame_locator(".page-card iframe").locator("#board button")).to_have_count(15)
    Artifact.objects.all().delete()
    box.get_by_role("radio", name="5 stars").check(force=True)
    expect(box.get_by_role("status")).to_have_text("The rating could not be saved.")
    expect(box.locator(".lit")).to_have_count(2)
    assert requests(server, "GET", f"/api/v1/conversations/{conversation['id']}")

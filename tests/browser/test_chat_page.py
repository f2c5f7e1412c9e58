"""Asking, reading along, reloading, stopping, retrying; and what is said when something fails."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import ANSWER, answers, ask, finish, newest_turn, requests, wait_for_turn, write
from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer


def test_a_question_is_shown_at_once_and_its_answer_grows(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    script.delays[("POST", "/api/v1/turns")] = 0.7
    page.goto("/")
    ask(page, "How do I connect a model?")
    expect(page.locator(".message.user.pending .bubble")).to_have_text("How do I connect a model?", timeout=500)
    turn = wait_for_turn(page, server)
    write(server, turn, "Open the ", "**admin**")
    expect(answers(page)).to_have_text("Open the admin")
    write(server, turn, " and add a provider.")
    expect(answers(page)).to_have_text("Open the admin and add a provider.")
    finish(server, turn)
    expect(page.locator("#send.stop")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    expect(page.locator("#title")).to_have_text("How do I connect a model?")
    expect(page.locator(".conversation.current a")).to_have_text("How do I connect a model?")
    assert page.title() == "How do I connect a model? · Switchboard"


def test_the_line_under_an_answer_names_model_tokens_cost_and_time_to_first_token(
    page: Page, server: BrowserServer
) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    write(server, turn, "Hello")
    finish(server, turn)
    line = r"Built-in.*1,243 tokens.*\$0\.00012.*first token 420 ms.*just now"
    expect(page.locator(".meta")).to_have_text(re.compile(line))


def test_a_stage_is_one_line_that_changes_and_opens_to_the_steps(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    server.do(lambda: turn.emit("stage", "Searching 12 documents", stage="retrieval"))
    expect(page.locator(".stages summary")).to_have_text("Searching the knowledge base…")
    server.do(lambda: turn.emit("stage", "Consulting the oracle", stage="something_new"))
    expect(page.locator(".stages summary")).to_have_text("Consulting the oracle")
    page.locator(".stages summary").click()
    expect(page.locator(".stages li")).to_have_count(2)
    finish(server, turn)
    expect(page.locator(".stages")).to_have_count(0)


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
def test_a_question_that_waits_says_its_place_in_the_queue(
    page: Page, server: BrowserServer, script: ScriptedApi, transport: str
) -> None:
    script.refused = {"websocket", "sse", "poll"} - {transport}
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    line = page.locator(".stages summary")
    server.do(lambda: turn.queue(2))
    expect(line).to_have_text("Waiting in the queue, place 2…", timeout=30_000)
    server.do(lambda: turn.queue(1))
    expect(line).to_have_text("Waiting in the queue, place 1…")
    write(server, turn, "Hello")
    finish(server, turn)
    expect(page.locator(".stages")).to_have_count(0)


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
def test_a_reload_in_mid_answer_neither_loses_nor_repeats_a_character(
    page: Page, server: BrowserServer, script: ScriptedApi, transport: str
) -> None:
    script.refused = {"websocket", "sse", "poll"} - {transport}
    words = [f"word{number} " for number in range(120)]
    page.goto("/")
    ask(page, "Count")
    turn = wait_for_turn(page, server)
    for part in range(4):
        write(server, turn, *words[part * 30 : part * 30 + 20])
        expect(answers(page)).to_contain_text(words[part * 30 + 19].strip())
        page.reload()
        write(server, turn, *words[part * 30 + 20 : part * 30 + 30])
    finish(server, turn)
    expect(answers(page)).to_have_text("".join(words).strip())
    expect(page.locator("#send.stop")).to_have_count(0)


def test_a_connection_cut_in_mid_answer_is_said_and_healed(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Count")
    turn = wait_for_turn(page, server)
    write(server, turn, "one ")
    expect(answers(page)).to_have_text("one")
    server.do(lambda: setattr(server.proxy, "down", True))
    server.do(server.proxy.cut)
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    write(server, turn, "two ", "three")
    # Offered while the line is down; once it is up the page may be quicker than any click.
    expect(page.get_by_role("button", name="Retry now")).to_be_visible()
    server.do(lambda: setattr(server.proxy, "down", False))
    expect(answers(page)).to_have_text("one two three", timeout=30_000)
    expect(page.locator("#connection")).to_be_hidden()


def test_a_snapshot_replaces_what_was_written(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Count")
    turn = wait_for_turn(page, server)
    write(server, turn, "one ", "two ", "three ", "four")
    expect(answers(page)).to_have_text("one two three four")
    server.do(lambda: setattr(turn, "forgotten", 3))
    page.reload()
    expect(answers(page)).to_have_text("one two three four")


def test_another_tab_shows_the_same_answer(
    page: Page, server: BrowserServer, new_context: Callable[..., BrowserContext]
) -> None:
    page.goto("/")
    ask(page, "First")
    turn = wait_for_turn(page, server)
    write(server, turn, "First answer.")
    finish(server, turn)
    other = page.context.new_page()
    other.goto(page.url)
    expect(answers(other)).to_have_text("First answer.")
    expect(page.locator("#send.stop")).to_have_count(0)
    ask(page, "Second")
    second = wait_for_turn(page, server)
    write(server, second, "Second answer.")
    expect(answers(page).nth(1)).to_have_text("Second answer.")
    expect(answers(other).nth(1)).to_have_text("Second answer.")
    finish(server, second)
    expect(other.locator("#send.stop")).to_have_count(0)


@pytest.mark.parametrize("how", ["button", "escape"])
def test_stop_keeps_the_partial_answer_and_marks_it(page: Page, server: BrowserServer, how: str) -> None:
    page.goto("/")
    ask(page, "Tell me everything")
    turn = wait_for_turn(page, server)
    write(server, turn, "It began")
    expect(answers(page)).to_have_text("It began")
    if how == "button":
        page.get_by_role("button", name="Stop").click()
    else:
        page.keyboard.press("Escape")
    expect(page.locator(".outcome")).to_contain_text("Stopped. This is as far as the answer got.")
    expect(answers(page)).to_have_text("It began")
    assert len(requests(server, "POST", f"/api/v1/turns/{turn.id}/stop")) == 1


def test_retry_asks_again_and_folds_the_earlier_answer(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    write(server, turn, "Half an ans")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Try again").click()
    page.locator(".earlier").wait_for()
    again = newest_turn(server)
    write(server, again, "A whole answer.")
    finish(server, again)
    expect(answers(page).last).to_have_text("A whole answer.")
    expect(page.locator(".earlier summary")).to_have_text("1 earlier answer")
    expect(page.locator(".message.user")).to_have_count(1)
    page.locator(".earlier summary").click()
    expect(answers(page).first).to_have_text("Half an ans")


def test_degraded_answers_are_announced_with_the_way_out(page: Page, script: ScriptedApi) -> None:
    script.models |= {"degraded": "no_model", "notice": "No language model is connected."}
    page.goto("/")
    expect(page.locator("#notice")).to_contain_text("No language model is connected.")
    expect(page.locator("#notice a")).to_have_attribute("href", "/admin/")


def test_the_chosen_model_is_sent_and_kept(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.locator("#model").select_option("gpt-4o")
    ask(page, "Hi")
    turn = wait_for_turn(page, server)
    assert requests(server, "POST", "/api/v1/turns")[0] == {"message": "Hi", "model": "gpt-4o"}
    finish(server, turn)
    expect(page.locator("#send.stop")).to_have_count(0)
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.locator("#model").select_option("local")
    expect(page.locator("#model")).to_have_value("local")
    assert requests(server, "PATCH", "/api/v1/conversations/") == [{"model": "local"}]


def test_a_starter_question_is_asked_with_one_click(page: Page, server: BrowserServer) -> None:
    page.goto("/")
    page.get_by_role("button", name="How do I connect a model?").click()
    expect(page.locator(".message.user .bubble")).to_have_text("How do I connect a model?")
    wait_for_turn(page, server)
    assert requests(server, "POST", "/api/v1/turns")[0]["message"] == "How do I connect a model?"


def test_sources_are_links_and_unsafe_ones_are_not(page: Page, server: BrowserServer, script: ScriptedApi) -> None:
    sources = [
        {"title": "Models", "heading": "OpenAI", "url": "/guide/models/"},
        {"title": "Evil", "heading": "", "url": "javascript:alert(1)"},
    ]
    conversation = server.do(script.new_conversation)
    server.do(lambda: script.add_exchange(conversation, "Hi", ANSWER, sources=sources))
    page.goto(f"/c/{conversation['id']}")
    expect(page.get_by_role("link", name="Models › OpenAI")).to_have_attribute("rel", "noopener noreferrer")
    expect(page.locator(".sources a")).to_have_count(1)
    expect(page.locator(".sources li").nth(1)).to_have_text("Evil")


def test_an_unsent_text_survives_a_reload_and_belongs_to_its_conversation(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    server.do(lambda: script.new_conversation("Other"))
    page.goto("/")
    page.locator("#message").fill("Half a thought")
    page.reload()
    expect(page.locator("#message")).to_have_value("Half a thought")
    page.get_by_role("link", name="Other").click()
    expect(page.locator("#message")).to_have_value("")
    page.go_back()
    expect(page.locator("#message")).to_have_value("Half a thought")


def test_the_answer_of_a_conversation_left_behind_does_not_land_in_another(
    page: Page, server: BrowserServer, script: ScriptedApi
) -> None:
    server.do(lambda: script.new_conversation("Other"))
    page.goto("/")
    ask(page, "Slow question")
    turn = wait_for_turn(page, server)
    write(server, turn, "Slow ")
    expect(answers(page)).to_have_text("Slow")
    page.get_by_role("link", name="Other").click()
    expect(page.locator(".message")).to_have_count(0)
    write(server, turn, "answer")
    finish(server, turn)
    page.get_by_role("link", name="Slow question").click()
    expect(answers(page)).to_have_text("Slow answer")

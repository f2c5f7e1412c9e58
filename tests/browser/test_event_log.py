"""The event-log client against cut connections: in order, nothing lost, nothing twice."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.scripted import ScriptedApi
from tests.browser.scripted_turn import ScriptedTurn
from tests.browser.serving import BrowserServer

FOLLOW = """
async ({turn, options, after}) => {
  const {EventLog} = await import("/static/js/event-log.js");
  const timing = {firstDelay: 20, maxDelay: 600, connect: 3000, ...options.timing};
  window.states = [];
  window.log = new EventLog({...options, timing, onState: (state) => window.states.push(state)});
  window.events = [];
  window.ended = null;
  window.reading = window.log.follow(turn, {
    after, onEvent: (event) => window.events.push(event), onEnd: (reason) => { window.ended = reason; },
  });
}
"""


@pytest.fixture
def turn(server: BrowserServer, script: ScriptedApi) -> ScriptedTurn:
    result: ScriptedTurn = server.do(script.new_turn)
    return result


@pytest.fixture
def client(page: Page) -> Page:
    """A page of the right origin with nothing on it."""
    page.goto("/static/img/mark.svg")
    page.evaluate("import('/static/js/event-log.js')")
    return page


def follow(page: Page, turn: ScriptedTurn, *, after: int = 0, **options: Any) -> None:
    page.evaluate(FOLLOW, {"turn": turn.id, "options": options, "after": after})


def wait_for_seq(page: Page, seq: int) -> None:
    page.wait_for_function("(seq) => window.events.at(-1)?.seq >= seq", arg=seq)


def wait_for_end(page: Page) -> str:
    page.wait_for_function("window.ended !== null")
    return str(page.evaluate("window.ended"))


def seqs(page: Page) -> list[int]:
    return list(page.evaluate("window.events.map((event) => event.seq)"))


def emit(server: BrowserServer, turn: ScriptedTurn, count: int, *, done: bool = False) -> None:
    def write() -> None:
        for _ in range(count):
            turn.emit("delta", f"word{len(turn.events)} ")
        if done:
            turn.emit("done", metadata={"state": "done", "failed": False})

    server.do(write)


TRANSPORTS = ["websocket", "sse", "poll"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_transport_delivers_the_whole_log_once_and_in_order(
    client: Page, server: BrowserServer, turn: ScriptedTurn, transport: str
) -> None:
    emit(server, turn, 5)
    follow(client, turn, transports=[transport])
    wait_for_seq(client, 5)
    emit(server, turn, 5, done=True)
    assert wait_for_end(client) == "done"
    assert seqs(client) == list(range(1, 12))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_reader_that_was_cut_off_resumes_after_its_last_event(
    client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn, transport: str
) -> None:
    follow(client, turn, transports=[transport])
    for _ in range(4):
        emit(server, turn, 3)
        wait_for_seq(client, len(turn.events))
        server.do(server.proxy.cut)
        emit(server, turn, 2)
        wait_for_seq(client, len(turn.events))
    emit(server, turn, 1, done=True)
    assert wait_for_end(client) == "done"
    assert seqs(client) == list(range(1, 23))
    assert {kind for kind, _ in script.connections} == {transport}
    assert max(after for _, after in script.connections) >= 15


def test_connections_that_break_every_few_bytes_lose_and_repeat_nothing(
    client: Page, server: BrowserServer, turn: ScriptedTurn
) -> None:
    emit(server, turn, 400, done=True)
    server.do(lambda: setattr(server.proxy, "cut_after", 9000))
    follow(client, turn, transports=["sse"])
    assert wait_for_end(client) == "done"
    assert seqs(client) == list(range(1, 402))
    assert server.proxy.cuts > 1


def test_without_websockets_it_reads_server_sent_events(
    client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn
) -> None:
    script.refused = {"websocket"}
    emit(server, turn, 3, done=True)
    follow(client, turn)
    assert wait_for_end(client) == "done"
    assert seqs(client) == [1, 2, 3, 4]
    assert script.connections == [("sse", 0)]


def test_without_streams_it_polls(client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn) -> None:
    script.refused = {"websocket", "sse"}
    emit(server, turn, 3)
    follow(client, turn)
    wait_for_seq(client, 3)
    emit(server, turn, 2, done=True)
    assert wait_for_end(client) == "done"
    assert seqs(client) == [1, 2, 3, 4, 5, 6]
    assert [kind for kind, _ in script.connections][:2] == ["sse", "poll"]


def test_a_transport_that_dies_in_the_middle_is_replaced_without_a_seam(
    client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn
) -> None:
    emit(server, turn, 4)
    follow(client, turn)
    wait_for_seq(client, 4)
    script.refused = {"websocket"}
    server.do(server.proxy.cut)
    emit(server, turn, 4, done=True)
    assert wait_for_end(client) == "done"
    assert seqs(client) == list(range(1, 10))
    assert script.connections[-1] == ("sse", 4)


def test_a_server_that_is_away_is_found_again(client: Page, server: BrowserServer, turn: ScriptedTurn) -> None:
    emit(server, turn, 2)
    follow(client, turn)
    wait_for_seq(client, 2)
    server.do(lambda: setattr(server.proxy, "down", True))
    server.do(server.proxy.cut)
    client.wait_for_function("window.log.state === 'reconnecting'")
    emit(server, turn, 2, done=True)
    server.do(lambda: setattr(server.proxy, "down", False))
    assert wait_for_end(client) == "done"
    assert seqs(client) == [1, 2, 3, 4, 5]
    assert client.evaluate("window.states.at(-1)") == "idle"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_hole_in_the_log_is_asked_for_again(
    client: Page, server: BrowserServer, turn: ScriptedTurn, transport: str
) -> None:
    emit(server, turn, 3)
    server.do(lambda: turn.swallowed.add(5))
    follow(client, turn, transports=[transport], timing={"firstDelay": 500})
    wait_for_seq(client, 3)
    emit(server, turn, 4)
    wait_for_seq(client, 4)
    server.do(turn.swallowed.clear)
    emit(server, turn, 0, done=True)
    assert wait_for_end(client) == "done"
    assert seqs(client) == list(range(1, 9))


def test_events_that_stay_missing_end_the_reading_as_lost(
    client: Page, server: BrowserServer, turn: ScriptedTurn
) -> None:
    emit(server, turn, 5, done=True)
    server.do(lambda: turn.swallowed.add(2))
    follow(client, turn, transports=["sse"])
    assert wait_for_end(client) == "lost"
    assert seqs(client) == [1]


def test_a_snapshot_stands_for_the_events_that_the_log_has_forgotten(
    client: Page, server: BrowserServer, turn: ScriptedTurn
) -> None:
    emit(server, turn, 6, done=True)
    server.do(lambda: setattr(turn, "forgotten", 4))
    follow(client, turn)
    assert wait_for_end(client) == "done"
    assert client.evaluate("window.events.map((event) => [event.seq, event.type])") == [
        [4, "snapshot"],
        [5, "delta"],
        [6, "delta"],
        [7, "done"],
    ]


def test_it_can_start_after_any_event(client: Page, server: BrowserServer, turn: ScriptedTurn) -> None:
    emit(server, turn, 6, done=True)
    follow(client, turn, after=4)
    assert wait_for_end(client) == "done"
    assert seqs(client) == [5, 6, 7]


def test_lost_access_ends_the_reading_for_good(
    client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn
) -> None:
    script.refused = {"denied"}
    follow(client, turn)
    assert wait_for_end(client) == "denied"
    assert len(script.connections) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_turn_that_does_not_exist_is_not_asked_for_again(client: Page, script: ScriptedApi, transport: str) -> None:
    follow(client, ScriptedTurn("00000000-0000-0000-0000-000000000000"), transports=[transport])
    assert wait_for_end(client) == "denied"
    assert len(script.connections) == 1


def test_a_silent_connection_is_given_up(
    client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn
) -> None:
    emit(server, turn, 1)
    follow(client, turn, transports=["sse"], timing={"silence": 300, "firstDelay": 20, "connect": 3000})
    client.wait_for_function("window.states.filter((state) => state === 'reconnecting').length >= 2")
    emit(server, turn, 1, done=True)
    assert wait_for_end(client) == "done"
    assert seqs(client) == [1, 2, 3]


def test_two_turns_share_one_socket(
    client: Page, server: BrowserServer, script: ScriptedApi, turn: ScriptedTurn
) -> None:
    other: ScriptedTurn = server.do(script.new_turn)
    emit(server, other, 3, done=True)
    follow(client, turn)
    client.evaluate(
        """(turn) => {
          window.others = [];
          const onEnd = () => { window.otherEnded = true; };
          window.log.follow(turn, {onEvent: (event) => window.others.push(event.seq), onEnd});
        }""",
        other.id,
    )
    client.wait_for_function("window.otherEnded")
    emit(server, turn, 2, done=True)
    assert wait_for_end(client) == "done"
    assert client.evaluate("window.others") == [1, 2, 3, 4]
    assert seqs(client) == [1, 2, 3]


def test_a_closed_reading_says_nothing_more(client: Page, server: BrowserServer, turn: ScriptedTurn) -> None:
    emit(server, turn, 1)
    follow(client, turn)
    wait_for_seq(client, 1)
    client.evaluate("window.reading.close()")
    client.wait_for_function("window.log.state === 'idle'")
    emit(server, turn, 2, done=True)
    again = "(turn) => void window.log.follow(turn, {after: 3, onEvent() {}, onEnd() { window.second = true; }})"
    client.evaluate(again, turn.id)
    client.wait_for_function("window.second")
    assert seqs(client) == [1]
    assert client.evaluate("window.ended") is None

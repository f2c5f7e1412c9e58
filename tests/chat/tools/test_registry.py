"""Tools are registered once, offered where they can be used, and always end: with a result or a reason."""

import asyncio
from dataclasses import replace

import pytest

from chat.tools import registry
from chat.tools.registry import ToolFailed, ToolResult, ToolSpec, register_tool, tool_list, tool_title, tools_for
from tests.canary import MARK
from tests.chat.tools.conftest import context, failure, use


@pytest.fixture
def echo(monkeypatch):
    """A tool that says what it was given."""
    monkeypatch.setattr(registry, "_specs", dict(registry._specs))

    async def run(asked, value):
        return ToolResult(f"heard {value}", "Heard.")

    spec = ToolSpec("echo", "Echo", "Repeats.", "anything.", run)
    register_tool(spec)
    return spec


def exchange(spec, **changes):
    registry._specs[spec.key] = replace(spec, **changes)


def test_a_key_belongs_to_one_tool(echo):
    register_tool(echo)
    with pytest.raises(ValueError, match="another tool 'echo'"):
        register_tool(replace(echo, purpose="Something else."))


def test_the_list_tells_the_planner_what_each_does_and_takes(echo):
    assert tool_list(context()).splitlines()[-1] == "- echo: Repeats. Input: anything."
    exchange(echo, available=lambda asked: False)
    assert "echo" not in tool_list(context())
    assert tool_list(context(language="ru")).startswith("- knowledge: Searches the company's documents")


def test_what_is_offered_depends_on_who_asks_and_what_he_wrote(alice, visitor, settings):
    def offered(actor, *said):
        return [spec.key for spec in tools_for(context(actor, *said))]

    assert offered(None, "What is new?") == ["knowledge"]
    assert offered(None, "Read https://docs.example.net/") == ["knowledge"]
    assert offered(alice, "What is new?") == ["knowledge", "memory"]
    assert offered(visitor, "Read https://docs.example.net/") == ["knowledge", "memory", "web"]
    settings.TOOL_WEB_ANONYMOUS = True
    assert offered(None, "Read https://docs.example.net/") == ["knowledge", "web"]
    settings.TOOL_WEB = settings.MEMORY_ENABLED = False
    assert offered(alice, "Read https://docs.example.net/") == ["knowledge"]


def test_people_read_the_title_in_their_language():
    assert tool_title("web") == "Web page"
    assert tool_title("gone") == "gone"


def test_a_result_comes_back(echo):
    assert use("echo", "  a word ", context()) == ToolResult("heard a word", "Heard.")


@pytest.mark.parametrize("key", ["", "Echo", "echo ", "send_mail", "__class__", None, 7])
def test_an_unknown_tool_is_a_failure(echo, key):
    assert failure(key, "x", context()).code == "unknown"


def test_what_is_not_offered_is_not_run(echo):
    exchange(echo, available=lambda asked: False)
    assert failure("echo", "x", context()).code == "refused"


@pytest.mark.parametrize("value", ["", " \n ", "\u200b\u2060", None, 7, ["x"], {"query": "x"}, "x" * 2001])
def test_input_that_cannot_be_used(echo, value):
    assert failure("echo", value, context()).code == "input"


def test_a_failure_is_told_in_the_language_of_the_turn(echo):
    english = failure("echo", "", context()).text
    assert english == "The tool was given nothing to work on."


def test_a_tool_that_takes_too_long_is_given_up(echo):
    stopped = []

    async def run(asked, value):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(value)
            raise

    exchange(echo, run=run, seconds=0.01)
    assert failure("echo", "x", context()).code == "timeout"
    assert stopped == ["x"]


def test_a_tool_that_breaks_costs_no_more_than_its_result(echo, caplog):
    async def run(asked, value):
        raise RuntimeError("boom")

    exchange(echo, run=run)
    failed = failure("echo", "x", context())
    assert (failed.code, "boom" in failed.text) == ("failed", False)
    assert "the tool echo failed" in caplog.text


def test_a_tools_own_reason_is_kept(echo):
    async def run(asked, value):
        raise ToolFailed("refused", "Not today.")

    exchange(echo, run=run)
    assert failure("echo", "x", context()).text == "Not today."


def test_a_stop_goes_through(echo):
    async def run(asked, value):
        raise asyncio.CancelledError

    exchange(echo, run=run)
    with pytest.raises(asyncio.CancelledError):
        use("echo", "x", context())


def test_results_are_cut_and_masked_and_have_nothing_invisible(echo, settings):
    settings.TOOL_MAX_CHARACTERS = 500

    async def run(asked, value):
        text = f"api_key={MARK} se\u200bcret\u202e Bearer abc.def\n\tnext " + "x" * 1000
        return ToolResult(text, f"password: {MARK}\n" + "y" * 300, f"https://docs.example.net/?token={MARK}")

    exchange(echo, run=run)
    result = use("echo", "x", context())
    assert result.text.startswith("api_key=*** secret Bearer ***\n\tnext xxx")
    assert len(result.text) == 500
    assert result.summary.startswith("password: *** yyy")
    assert len(result.summary) == 200
    assert result.source == "https://docs.example.net/?token=***"

"""What a terminal shows, and what a log file gets."""

import io
import signal

import pytest
from django.core.management import call_command
from django.core.management.base import OutputWrapper

from knowledge.management.progress import Bar, Interruption


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_fills_and_makes_room_for_lines():
    terminal = Terminal()
    bar = Bar(OutputWrapper(terminal), total=4)
    bar.show(1, "en/pay.md")
    assert terminal.getvalue().rstrip() == f"\r[{'#' * 7}{' ' * 23}] 1/4 en/pay.md"
    bar.clear()
    assert terminal.getvalue().endswith("\r")
    assert "\n" not in terminal.getvalue()


def test_nothing_is_drawn_where_nobody_watches():
    log = io.StringIO()
    bar = Bar(OutputWrapper(log), total=4)
    bar.show(1)
    bar.clear()
    assert log.getvalue() == "" and not bar.is_seen


def test_the_second_ctrl_c_ends_at_once():
    with Interruption() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.django_db
def test_on_a_terminal_only_remarkable_files_get_a_line(folder):
    out, terminal = io.StringIO(), Terminal()
    call_command("import_knowledge", str(folder), stdout=out, stderr=terminal)
    assert len(out.getvalue().splitlines()) == 1
    assert "4/4" in terminal.getvalue() or "3/4" in terminal.getvalue()
    (folder / "rules.md").unlink()
    out = io.StringIO()
    call_command("import_knowledge", str(folder), stdout=out, stderr=terminal)
    assert out.getvalue().splitlines()[0] == "  gone       handbook/rules.md"

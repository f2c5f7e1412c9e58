"""How far a command has come: a line that fills on a terminal, plain lines elsewhere."""

import signal
import threading
from types import FrameType
from typing import Any

WIDTH = 30
LINE = 79


class Bar:
    """A line that fills; silent when nobody is watching. Other lines are printed above it."""

    def __init__(self, stream: Any, *, total: int, quiet: bool = False) -> None:
        self._stream = None if quiet or not stream.isatty() else stream
        self._total = total
        self._shown = False

    @property
    def is_seen(self) -> bool:
        return self._stream is not None

    def show(self, done: int, text: str = "", *, total: int | None = None) -> None:
        if self._stream is None:
            return
        self._total = self._total if total is None else total
        filled = WIDTH * min(done, self._total) // max(self._total, 1)
        line = f"[{'#' * filled:{WIDTH}}] {done}/{self._total} {text}"[:LINE]
        self._write(f"\r{line:{LINE}}")
        self._shown = True

    def clear(self) -> None:
        """Makes room for a line of another kind."""
        if self._stream is not None and self._shown:
            self._write("\r" + " " * LINE + "\r")
            self._shown = False

    def _write(self, text: str) -> None:
        if self._stream is not None:
            # Not in the colour of errors.
            self._stream.write(text, str, ending="")
            self._stream.flush()


class Interruption:
    """While it is entered, the first Ctrl+C is noted, so that a piece of work is finished; the second one ends all."""

    def __init__(self) -> None:
        self.asked = False
        self._former: Any = None

    def __bool__(self) -> bool:
        return self.asked

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

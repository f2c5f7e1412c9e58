"""Reading in a process of its own: for the formats whose parsers a hostile file could hang, fill or crash."""

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from knowledge.readers.reading import Draft, Place, ReadingError

LONGEST_TYPE = 200
ROOT = Path(__file__).resolve().parents[2]
# By the clock: a busy machine gives the process only a share of the CPU time that it may use.
SECONDS = 600
# How a process ends that has used up what it may: its time, its memory (PDFium stops itself), the room for its answer.
OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGKILL}
OUT_OF_ROOM = {-signal.SIGXFSZ, -signal.SIGTRAP, -signal.SIGILL, -signal.SIGABRT}


def read_apart(kind: str, data: bytes, content_type: str = "", *, seconds: float | None = None) -> Draft:
    """The file as the reader of its format finds it, or a ReadingError whatever happens to the process."""
    try:
        return _read_apart(kind, data, content_type, seconds=seconds or SECONDS)
    except OSError as error:
        # The disk is full, or no process can be started: nothing that the file has to do with.
        raise ReadingError("unreadable") from error


def _read_apart(kind: str, data: bytes, content_type: str, *, seconds: float) -> Draft:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        source.write(data)
        source.seek(0)
        code = _run(_command(kind, content_type), source, answer, seconds)
        answer.seek(0)
        if code:
            raise ReadingError(_code(code))
        return _draft(_loaded(answer))


def _command(kind: str, content_type: str) -> list[str]:
    return [sys.executable, "-X", "utf8", "-m", "knowledge.readers.child", kind, _plain(content_type)]


def _run(command: list[str], source: IO[bytes], answer: IO[bytes], seconds: float) -> int:
    """The exit code of the process; it is killed when it takes too long."""
    # The environment holds secrets of the product; the parsers need nothing of it.
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the file is its input, and no part of the command
            command, stdin=source, stdout=answer, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise ReadingError("too_long") from error
    return done.returncode


def _plain(content_type: str) -> str:
    """What can be handed to a process: headers may hold anything."""
    return content_type.encode("ascii", "ignore").decode()[:LONGEST_TYPE].replace("\0", "")


def _code(returned: int) -> str:
    if returned in OUT_OF_TIME:
        return "too_long"
    return "too_big" if returned in OUT_OF_ROOM else "broken"


def _loaded(answer: IO[bytes]) -> dict[str, Any]:
    try:
        found = json.load(answer)
    except ValueError as error:
        raise ReadingError("broken") from error
    if "error" in found:
        raise ReadingError(found["error"])
    return dict(found)


def _draft(found: dict[str, Any]) -> Draft:
    places = tuple(Place(**place) for place in found.pop("places"))
    return Draft(**found | {"places": places, "notes": tuple(found.pop("notes"))})

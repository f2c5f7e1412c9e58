"""The process in which hostile files are parsed: `python -m knowledge.readers.child <format> <content type>`.

Reads the file from its standard input and writes JSON to its standard output. What it may use of the machine is limited
before the first byte is parsed, so a file that makes a parser hang, grow or crash ends this process and no other.
"""

import dataclasses
import json
import os
import resource
import sys
from collections.abc import Callable

from knowledge.readers.reading import Draft, ReadingError

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 240
LARGEST_ANSWER = 400 * 1024 * 1024
MOST_FILES = 64
# Nested elements are walked by functions that call each other; the readers stop at a depth of their own before this.
DEEPEST_CALLS = 3_000


def main() -> None:
    _limit()
    kind, content_type = sys.argv[1:3]
    data = sys.stdin.buffer.read()
    answer = _answer(kind, data, content_type)
    # Written as bytes: the locale of the process is nobody's choice.
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    # Without the interpreter's tidying up: freeing a large tree takes as long as building it.
    os._exit(0)


def _limit() -> None:
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: LARGEST_ANSWER,
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    sys.setrecursionlimit(DEEPEST_CALLS)


def _answer(kind: str, data: bytes, content_type: str) -> dict[str, object]:
    try:
        return dataclasses.asdict(reader_of(kind)(data, content_type))
    except ReadingError as error:
        return {"error": error.code}
    except MemoryError:
        return {"error": "too_big"}


def reader_of(kind: str) -> Callable[[bytes, str], Draft]:
    """The reader of a format; its libraries are loaded with it, and the others' are not."""
    match kind:
        case "pdf":
            from knowledge.readers.pdf.document import read_pdf

            return lambda data, _: read_pdf(data)
        case "docx":
            from knowledge.readers.word.document import read_document

            return lambda data, _: read_document(data)
        case _:
            from knowledge.readers.html.page import read_page

            return read_page


if __name__ == "__main__":
    main()

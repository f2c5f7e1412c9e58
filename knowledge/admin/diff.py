"""What taking a version back would change, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice

from knowledge.models import Document, Revision

# Comparing takes time that grows faster than the texts.
LONGEST_COMPARED = 500_000
MOST_LINES = 2_000
KINDS = {"+": "added", "-": "removed", "@": "place", " ": ""}


@dataclass(frozen=True, slots=True)
class Line:
    """`kind`: added, removed, place (where in the text the next lines are), or empty for what stays."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The changed lines with some around them; `too_long` texts are not compared."""

    lines: list[Line]
    cut: bool = False
    too_long: bool = False


def difference(document: Document, revision: Revision) -> Difference:
    """From the present text to that of `revision`."""
    if max(len(document.body), len(revision.body)) > LONGEST_COMPARED:
        return Difference([], too_long=True)
    lines = list(islice(_lines(_with_title(document), _with_title(revision)), MOST_LINES + 1))
    return Difference(lines[:MOST_LINES], cut=len(lines) > MOST_LINES)


def _lines(present: list[str], former: list[str]) -> Iterator[Line]:
    changes = unified_diff(present, former, lineterm="", n=2)
    for line in islice(changes, 2, None):
        yield Line(KINDS[line[0]], line if line[0] == "@" else line[1:])


def _with_title(text: Document | Revision) -> list[str]:
    return [text.title, "", *text.body.replace("\r\n", "\n").split("\n")]

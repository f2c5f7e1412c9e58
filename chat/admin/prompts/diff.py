"""Two texts of a prompt, line by line, and inside changed lines word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
# Unchanged lines that are shown around a change.
AROUND = 3
# Comparing words takes time that grows with the square of their number.
MOST_WORDS = 3_000

LineKind = Literal["", "added", "removed", "gap"]
PartKind = Literal["", "ins", "del"]


@dataclass(frozen=True, slots=True)
class Part:
    kind: PartKind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """`gap` stands for lines that are the same and left out; their number is in `left_out`."""

    kind: LineKind
    parts: list[Part] = field(default_factory=list)
    left_out: int = 0


def difference(before: str, after: str) -> list[Line]:
    """The lines that changed with some around them; empty when nothing did."""
    if before == after:
        return []
    old, new = before.split("\n"), after.split("\n")
    return [line for group in _groups(old, new) for line in group]


def _groups(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Line]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    shown = 0
    for group in matcher.get_grouped_opcodes(AROUND):
        first, last = group[0][1], group[-1][2]
        yield _gap(first - shown)
        shown = last
        for tag, a, b, c, d in group:
            yield _same(old[a:b]) if tag == "equal" else _changed(old[a:b], new[c:d])
    yield _gap(len(old) - shown)


def _gap(lines: int) -> list[Line]:
    return [Line("gap", left_out=lines)] if lines > 0 else []


def _same(lines: Sequence[str]) -> list[Line]:
    return [Line("", [Part("", line)]) for line in lines]


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    before, after = WORDS.findall("\n".join(old)), WORDS.findall("\n".join(new))
    if not old or not new or len(before) + len(after) > MOST_WORDS:
        removed, added = ([[Part("", line)] for line in lines] for lines in (old, new))
    else:
        removed, added = _by_words(before, after)
    return [*(Line("removed", parts) for parts in removed), *(Line("added", parts) for parts in added)]


def _by_words(before: Sequence[str], after: Sequence[str]) -> tuple[list[list[Part]], list[list[Part]]]:
    removed, added = [], []
    operations = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for number, (tag, a, b, c, d) in enumerate(operations):
        # A space between two changed words belongs to the change.
        is_inside = 0 < number < len(operations) - 1 and "".join(before[a:b]) == " "
        same = tag == "equal" and not is_inside
        removed.append(Part("" if same else "del", "".join(before[a:b])))
        added.append(Part("" if same else "ins", "".join(after[c:d])))
    return _in_lines(_joined(removed)), _in_lines(_joined(added))


def _joined(parts: Sequence[Part]) -> list[Part]:
    groups = groupby((part for part in parts if part.text), key=lambda part: part.kind)
    return [Part(kind, "".join(part.text for part in group)) for kind, group in groups]


def _in_lines(parts: Sequence[Part]) -> list[list[Part]]:
    lines: list[list[Part]] = [[]]
    for part in parts:
        for number, text in enumerate(part.text.split("\n")):
            if number:
                lines.append([])
            if text:
                lines[-1].append(Part(part.kind, text))
    return lines

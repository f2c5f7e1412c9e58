"""Words that the ends of lines cut in two."""

import re

BEFORE = re.compile(r"(?P<start>[^\W\d_]+)-$")
NUMBER_CUT = re.compile(r"\d-$")
AFTER = re.compile(r"[^\W\d_]+")
# Parts of Russian words that keep their hyphens.
KEPT_BEFORE = {"из", "кое", "кой"}
KEPT_AFTER = {"то", "нибудь", "либо", "таки", "за", "под"}


def joined(first: str, second: str, words: frozenset[str]) -> str:
    """Two lines as one; `words` are those of the document that no line end cuts, in lower case."""
    if NUMBER_CUT.search(first) and second[0].isdigit():
        return first + second
    before, after = BEFORE.search(first), AFTER.match(second)
    if not before or not after:
        return f"{first} {second}"
    start, end = before["start"].lower(), after[0].lower()
    if not second[0].islower() or _keeps_hyphen(start, end, words):
        return first + second
    return first[:-1] + second


def _keeps_hyphen(start: str, end: str, words: frozenset[str]) -> bool:
    if start + end in words:
        return False
    if f"{start}-{end}" in words:
        return True
    is_pair = start in KEPT_BEFORE and end in KEPT_AFTER
    return is_pair or end in {"то", "нибудь", "либо", "таки"} or (start == "по" and end.endswith(("ски", "ому", "ему")))


def words_of(lines: list[str]) -> frozenset[str]:
    """The words within the lines, those with hyphens in them too."""
    return frozenset(
        word for line in lines for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-$|[\w-])", line.lower())
    )

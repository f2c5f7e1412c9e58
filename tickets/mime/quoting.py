"""What the writer of a mail has written, apart from what is quoted and from the signature. English and Russian.

Nothing is lost: each line of the text is in exactly one of the three parts, and their order is kept.
"""

import re
from dataclasses import dataclass

from tickets.mime.quotes import Quotes, find_quotes
from tickets.mime.signatures import find_signature

# A mail passed on with so few words of one's own is about what is passed on.
FEW_WORDS = 15


@dataclass(frozen=True, slots=True)
class Split:
    """`new` is what the model reads; `quoted` and `signature` are kept for people."""

    new: str
    quoted: str
    signature: str


def split(text: str) -> Split:
    """Inline answers between quoted lines are new; so is a mail that was passed on with hardly a word."""
    lines = text.splitlines() if "\r" in text else text.split("\n")
    quotes = find_quotes(lines)
    quoted = quotes.lines
    own = [number for number in range(len(lines)) if number not in quoted]
    passed_on = _passed_on(quotes, _words(lines, own))
    if passed_on is not None:
        before = [number for number in own if number < passed_on]
        return _parts(lines, quoted=frozenset(), signature=find_signature(lines, before))
    return _parts(lines, quoted=quoted, signature=find_signature(lines, own))


def _passed_on(quotes: Quotes, words: int) -> int | None:
    """Where the mail begins that this one is about; without a word of one's own any whole mail is meant."""
    if quotes.forwarded is not None and words <= FEW_WORDS:
        return quotes.forwarded
    return quotes.head if words == 0 else None


def _words(lines: list[str], numbers: list[int]) -> int:
    return sum(len(re.findall(r"\w+", lines[number])) for number in numbers)


def _parts(lines: list[str], *, quoted: frozenset[int], signature: frozenset[int]) -> Split:
    new = [line for number, line in enumerate(lines) if number not in quoted and number not in signature]
    return Split(
        new=_joined(new),
        quoted=_joined([line for number, line in enumerate(lines) if number in quoted]),
        signature=_joined([line for number, line in enumerate(lines) if number in signature and number not in quoted]),
    )


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")

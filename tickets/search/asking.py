"""What somebody has typed into the search box."""

import re
from dataclasses import dataclass

from integrations.text.tokens import normalise, tokens

LONGEST = 500
MOST_WORDS = 20
PHRASE = re.compile('["“”«]([^"“”«»]+)["“”»]')
NUMBER = re.compile(r"#?\s*(\d{1,18})")
ADDRESS = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+")


@dataclass(frozen=True, slots=True)
class Question:
    """`words`: base forms that a ticket has to hold, all of them. `phrases`: what it has to say word for word.

    `number`: the ticket that was meant when the whole question is a number.
    """

    words: tuple[str, ...]
    phrases: tuple[str, ...]
    number: int | None


def stored(term: str) -> str:
    """A term as the index has it: SQLite's would take one with an apostrophe for two."""
    return term.replace("'", "")


def read(text: str) -> Question:
    text = text.replace("\x00", " ").strip()[:LONGEST]
    number = NUMBER.fullmatch(text)
    phrases = tuple(flat(phrase) for phrase in PHRASE.findall(text) if phrase.strip())
    return Question(
        words=tuple(dict.fromkeys(_words(text)))[:MOST_WORDS],
        phrases=phrases,
        number=int(number[1]) if number else None,
    )


def flat(text: str) -> str:
    """As phrases are compared: lower case, one blank between words."""
    return " ".join(normalise(text).split())


def _words(text: str) -> list[str]:
    """An address is looked for in one piece, other compounds by their parts."""
    addresses = ADDRESS.findall(text)
    found = [token.term for address in addresses for token in tokens(address) if token.whole and "@" in token.term]
    rest = ADDRESS.sub(" ", text) if found else text
    return [stored(term) for term in (*found, *(token.term for token in tokens(rest) if not token.whole))]

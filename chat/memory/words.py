"""Texts of memories: cleaned, compared, told apart."""

import hashlib
import math
import re
import unicodedata
from collections.abc import Collection

from integrations.text import terms, tokens
from integrations.text.tokens import base_form, normalise

# More alike than this, two texts say the same.
ALIKE = 0.8
NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
WORD = re.compile(r"[\w']+")
CAPITALISED = re.compile(r"\b[A-ZА-ЯЁ][\w'-]+")
MARKS = re.compile(r"[^\w]+")
NEGATIONS = frozenset(
    "not no never none nothing without cannot can't don't doesn't didn't isn't aren't won't wasn't dislike dislikes"
    " hate hates stopped не нет ни никогда нельзя без ненавидит ненавижу перестал перестала бросил бросила".split()
)
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def clean(text: str) -> str:
    """`text` in one line, without characters that nobody sees: people who check a memory see all that it says."""
    spaced = " ".join(text.split())
    return "".join(letter for letter in spaced if unicodedata.category(letter) not in INVISIBLE).strip()


def digest_of(text: str) -> str:
    """The same for texts that differ in case, spaces and punctuation alone."""
    words = MARKS.sub(" ", normalise(text)).strip()
    return hashlib.sha256((words or text).encode()).hexdigest()


def stored_terms(text: str) -> str:
    """The base forms of a text between spaces, each once."""
    found = dict.fromkeys(terms(text))
    return f" {' '.join(found)} " if found else ""


def content_words(text: str) -> set[str]:
    """Base forms without compounds and numbers: what a text is about."""
    return {token.term for token in tokens(text) if not token.whole and not token.term.isdigit()}


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """0..1, the cosine of two sets of words."""
    if not one or not other:
        return 0.0
    return len(set(one) & set(other)) / math.sqrt(len(one) * len(other))


def numbers_of(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def contradicts(one: str, other: str) -> bool:
    """Whether two texts about the same differ in a number, a name or a "not"; then neither may replace the other."""
    names, others = names_of(one), names_of(other)
    differ_in_names = bool(names - others) and bool(others - names)
    return differ_in_names or numbers_of(one) != numbers_of(other) or _is_negated(one) != _is_negated(other)


def names_of(text: str) -> set[str]:
    """Base forms of the words with a capital letter, the first one included."""
    return {base_form(normalise(word)) for word in CAPITALISED.findall(text)} - {""}


def _is_negated(text: str) -> bool:
    return sum(word in NEGATIONS for word in WORD.findall(normalise(text))) % 2 == 1

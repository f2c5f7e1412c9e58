"""From text to searchable terms.

A term is a word's base form. Things that people type as they are (`script/server`, `OPENAI_API_KEY`,
`/health`, `gpt-4o`) are kept whole and by parts, so both spellings of a question meet them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from integrations.text import english, russian

LONGEST_TERM = 64
COMPOUND = re.compile(r"/?\w+(?:[-‐‑'’./:@+]+\w+)*")
PART = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
CYRILLIC = re.compile(r"[а-я]")


@dataclass(frozen=True, slots=True)
class Token:
    """`whole` marks a compound kept in one piece beside its parts: a bonus for a match, no loss without one."""

    term: str
    whole: bool = False


@lru_cache(maxsize=50_000)
def base_form(word: str) -> str:
    """The base form of a lower-case word, or an empty string for a stop word."""
    if CYRILLIC.search(word):
        return russian.base_form(word)
    return english.base_form(word)


def normalise(text: str) -> str:
    """Lower case, one form per character, е for ё, plain apostrophes and hyphens."""
    text = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    return re.sub("[‐‑]", "-", text.replace("’", "'"))


def tokens(text: str) -> Iterator[Token]:
    """The searchable tokens of `text` in their order; stop words are left out."""
    for match in COMPOUND.finditer(normalise(text)):
        parts = PART.findall(match[0])
        forms = [form for part in parts if (form := base_form(part[:LONGEST_TERM]))]
        if whole := _whole(match[0].strip("_"), parts, forms):
            yield Token(whole, whole=True)
        for form in forms:
            yield Token(form)


def terms(text: str) -> list[str]:
    """The terms of `text` in their order, wholes included."""
    return [token.term for token in tokens(text)]


def _whole(compound: str, parts: list[str], forms: list[str]) -> str:
    """The compound in one piece; empty when it is a plain word or says nothing ("и/или", "кто-то")."""
    if not forms or compound == parts[0]:
        return ""
    if re.fullmatch(r"[^\W_]+(-[^\W_]+)+", compound):
        return base_form(compound.replace("-", "")[:LONGEST_TERM])
    return compound.replace("'", "")[:LONGEST_TERM]

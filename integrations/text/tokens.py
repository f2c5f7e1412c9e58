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
PLAIN_COMPOUND = re.compile(r"[^\W_]+(-[^\W_]+)+")
# "wi-fi", "to-do"
SHORT_COMPOUND = re.compile(r"[a-z]{1,2}(-[a-z]{1,2})+")
# "VPN'ом", "e-mail'ы"
RUSSIAN_ENDING = re.compile(r"(?<=[a-z0-9])'[а-я]{1,4}\b")
# Written in one word by some, in two by others.
CLOSED = {
    "пинкод": ("пин", "код"),
    "штрихкод": ("штрих", "код"),
    "промокод": ("промо", "код"),
    "website": ("web", "site"),
    "websites": ("web", "site"),
    "webpage": ("web", "page"),
    "webpages": ("web", "page"),
    "barcode": ("bar", "code"),
    "barcodes": ("bar", "code"),
}
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
    for match in COMPOUND.finditer(english.join_phrases(RUSSIAN_ENDING.sub("", normalise(text)))):
        parts = _parts(match[0])
        forms = [form for part in parts if (form := base_form(part[:LONGEST_TERM]))]
        if whole := _whole(match[0].strip("_"), parts, forms):
            yield Token(whole, whole=True)
        for form in forms:
            yield Token(form)


def _parts(compound: str) -> list[str]:
    """The words that a compound is looked for by: those between its marks, one word where they are no words."""
    parts = PART.findall(compound)
    if len(parts) > 1 and PLAIN_COMPOUND.fullmatch(compound):
        if SHORT_COMPOUND.fullmatch(compound) or parts[0] in english.PREFIXES:
            return ["".join(parts)]
        # The letter of "e-mail" says nothing alone.
        parts = [part for part in parts if len(part) > 1] or parts
    return [word for part in parts for word in CLOSED.get(part, (part,))]


def terms(text: str) -> list[str]:
    """The terms of `text` in their order, wholes included."""
    return [token.term for token in tokens(text)]


def _whole(compound: str, parts: list[str], forms: list[str]) -> str:
    """The compound in one piece; empty when it is a plain word or says nothing ("и/или", "кто-то")."""
    if not forms or compound == parts[0]:
        return ""
    if compound in CLOSED:
        return base_form(compound)
    if PLAIN_COMPOUND.fullmatch(compound):
        joined = compound.replace("-", "")
        return base_form(joined[:LONGEST_TERM]) if [joined] != parts else ""
    return compound.replace("'", "")[:LONGEST_TERM]

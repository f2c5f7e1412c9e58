"""The language of a text, as far as the product speaks it."""

import re

CYRILLIC = re.compile(r"[\u0400-\u04ff]")
LATIN = re.compile(r"[A-Za-z]")


def language_of(text: str, *, default: str) -> str:
    """`ru` when Cyrillic letters are at least a third of all, else `en`; `default` for a text without letters.

    A Russian question is often full of Latin names (URLs, settings), hardly ever the other way round.
    """
    cyrillic, latin = len(CYRILLIC.findall(text)), len(LATIN.findall(text))
    if not cyrillic + latin:
        return default
    return "ru" if cyrillic * 2 >= latin else "en"

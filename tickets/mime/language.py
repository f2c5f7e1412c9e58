"""The language of a mail by its letters."""

import re

SAMPLE = 20_000
# Russian mails about software are full of Latin names; English ones have next to no Cyrillic.
RUSSIAN_SHARE = 0.3
FEWEST_LETTERS = 2
ADDRESSES = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")


def language_of(text: str) -> str:
    """ "ru", "en", or "" where there are no letters to tell by."""
    sample = ADDRESSES.sub(" ", text[:SAMPLE])
    cyrillic = sum(map(len, re.findall(r"[Ѐ-ӿ]+", sample)))
    latin = sum(map(len, re.findall(r"[A-Za-z]+", sample)))
    if cyrillic + latin < FEWEST_LETTERS:
        return ""
    return "ru" if cyrillic >= RUSSIAN_SHARE * (cyrillic + latin) else "en"

"""English words: stop words, irregular forms, the Snowball stemmer."""

import unicodedata
from functools import cache
from typing import Any

STOP_WORDS = frozenset(
    """
    a about again all also am an and any are as at be because been being both but by can can't cannot could did
    didn't do does doesn't doing don't done each either else ever every explain few for from further get gets
    getting give go goes got had has hasn't have haven't having he hello her here hers hi him his how how's i i'd
    i'll i'm i've if in into is isn't it it's its itself just know let let's like made make makes making may me
    might more most much must my myself need needs no nor not now of off ok okay on once one only or other our ours
    please said same say says shall she should show so some something such tell than thank thanks that that's the
    their them then there there's these they this those through to today too under until up upon us very want wants
    was wasn't we were what what's when where where's which while who who's whom whose why will with won't would you
    you'd you'll you're you've your yours
    """.split()
)

IRREGULAR = {
    form: base
    for base, forms in {
        "begin": "began begun",
        "break": "broke broken",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "child": "children",
        "choose": "chose chosen",
        "find": "found",
        "foot": "feet",
        "forget": "forgot forgotten",
        "good": "better best",
        "bad": "worse worst",
        "hide": "hid hidden",
        "hold": "held",
        "index": "indices indexes",
        "keep": "kept",
        "lose": "lost",
        "man": "men",
        "mean": "meant",
        "mouse": "mice",
        "pay": "paid",
        "person": "people persons",
        "run": "ran",
        "see": "saw seen",
        "sell": "sold",
        "send": "sent",
        "speak": "spoke spoken",
        "spend": "spent",
        "take": "took taken",
        "teach": "taught",
        "think": "thought",
        "throw": "threw thrown",
        "understand": "understood",
        "win": "won",
        "woman": "women",
        "write": "wrote written",
    }.items()
    for form in forms.split()
}

# One thing under several spellings.
ALIASES = {
    "postgres": "postgresql",
    "psql": "postgresql",
    "websockets": "websocket",
    "e-mail": "email",
    "mails": "email",
    "mail": "email",
    "signin": "login",
    "logon": "login",
}


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def base_form(word: str) -> str:
    """The stem of a lower-case word in any script but Cyrillic, or an empty string for a stop word."""
    if word in STOP_WORDS:
        return ""
    word = word.removesuffix("'s").replace("'", "")
    if not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
    if word.isdigit():
        return word
    word = ALIASES.get(word, IRREGULAR.get(word, word))
    return str(_stemmer().stemWord(word))

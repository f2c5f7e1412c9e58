"""Whether a fact says only what was said: numbers, sums and names that occur nowhere are a model's invention."""

import re
from collections.abc import Iterable
from functools import cached_property

from integrations.text import terms
from integrations.text.tokens import base_form, normalise

NUMBER = re.compile(r"\d[\d\s\u00a0\u202f.,]*\d|\d")
GROUPED = re.compile(r"^\d{1,3}(?:[\s\u00a0\u202f.,]\d{3})+$")
WORD = re.compile(r"[^\W\d_][\w’'-]*")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|(?<!\w)@\w{3,}")
SENTENCE_END = ".!?…:;\n"
SPOKEN = {
    "0": "zero ноль нуль",
    "1": "one once single a an один одна одно одного одной одну раз",
    "2": "two twice second both couple два две двух двое двоих второй дважды пара оба обе",
    "3": "three third thrice три трех трое третий трижды",
    "4": "four fourth четыре четырех четверо четвертый",
    "5": "five fifth пять пяти пятеро пятый",
    "6": "six sixth шесть шести шестой",
    "7": "seven seventh семь семи седьмой",
    "8": "eight eighth восемь восьми восьмой",
    "9": "nine ninth девять девяти девятый",
    "10": "ten tenth десять десяти десятый",
    "11": "eleven одиннадцать одиннадцати",
    "12": "twelve dozen двенадцать двенадцати дюжина",
    "15": "fifteen пятнадцать пятнадцати",
    "20": "twenty двадцать двадцати",
    "30": "thirty тридцать тридцати",
    "40": "forty сорок сорока",
    "50": "fifty half пятьдесят пятидесяти половина",
    "60": "sixty hour шестьдесят час",
    "100": "hundred сто сотня",
    "1000": "thousand тысяча тысячи",
    "1000000": "million миллион",
}


class Said:
    """All that the person and the cited sources have said."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._text = normalise("\n".join(texts))

    @cached_property
    def _terms(self) -> set[str]:
        return set(terms(self._text))

    @cached_property
    def _words(self) -> set[str]:
        return set(re.findall(r"[^\W_]+", self._text))

    @cached_property
    def _numbers(self) -> set[str]:
        return set(_numbers(self._text))

    def invented(self, fact: str) -> list[str]:
        """The numbers, names and addresses of `fact` that occur nowhere, as they are written there."""
        addresses = [found[0] for found in ADDRESS.finditer(fact) if normalise(found[0]) not in self._text]
        rest = ADDRESS.sub(" ", fact)
        numbers = [number for number in _numbers(rest) if not self._counts(number)]
        return [*addresses, *numbers, *(name for name in _names(rest) if not self._knows(name))]

    def _counts(self, number: str) -> bool:
        """Said in digits or in words; the parts of a sum may have been said apart (25 thousand)."""
        if number in self._numbers or not self._words.isdisjoint(SPOKEN.get(number, "").split()):
            return True
        thousands = number.removesuffix("000")
        spoken = {"тысяч", "тыс", "k", "к", *SPOKEN["1000"].split(), "thousands"}
        return thousands != number and thousands in self._numbers and not self._words.isdisjoint(spoken)

    def _knows(self, name: str) -> bool:
        word = normalise(name).removesuffix("'s")
        return word in self._words or not {base_form(word), *terms(word)}.isdisjoint(self._terms - {""})


def _numbers(text: str) -> list[str]:
    """Numbers in one spelling each: 25 000, 25,000 and 25000 are the same; a date is its parts."""
    found = []
    for match in NUMBER.finditer(text):
        raw = match[0].strip()
        if GROUPED.match(raw):
            found.append(re.sub(r"\D", "", raw))
        else:
            found += [part.lstrip("0") or "0" for part in re.findall(r"\d+", raw)]
    return found


def _names(text: str) -> list[str]:
    """Words with a capital letter inside a sentence, and the first one where another follows it."""
    words = list(WORD.finditer(text))
    found = []
    for place, match in enumerate(words):
        if not match[0][0].isupper() or len(match[0]) < 2:
            continue
        follower = words[place + 1] if place + 1 < len(words) else None
        pair = follower is not None and follower[0][0].isupper() and text[match.end() : follower.start()] == " "
        if not _begins_sentence(text, match.start()) or pair:
            found.append(match[0])
    return found


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'«“(—–-")
    return not before or before[-1] in SENTENCE_END

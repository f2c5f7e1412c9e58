"""Which template a task asks for, by the base forms of its words; never by a part of a word."""

from collections.abc import Iterable
from functools import cache

from chat.artifacts.catalog import TEMPLATES
from integrations.text.tokens import terms

CLEAR, VAGUE = 2, 1


def choose_template(task: str) -> str:
    """The key of the template whose words the task has most of; empty when none fits."""
    held = frozenset(terms(task))
    scores = {key: _score(key, held) for key in TEMPLATES}
    best = max(scores, key=lambda key: scores[key])
    return best if scores[best] >= CLEAR else ""


def _score(key: str, held: frozenset[str]) -> int:
    clear, vague = _words(key)
    return CLEAR * sum(words <= held for words in clear) + VAGUE * sum(words <= held for words in vague)


@cache
def _words(key: str) -> tuple[frozenset[frozenset[str]], frozenset[frozenset[str]]]:
    template = TEMPLATES[key]
    return _forms(template.clear), _forms(template.vague)


def _forms(phrases: Iterable[str]) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(terms(phrase)) for phrase in phrases)

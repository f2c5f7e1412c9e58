"""A made-up knowledge base of any size: documents of real Russian and English words, the same at every run.

Each document keeps to a subject (a few dozen words of its own beside those that everybody uses), its words are bent,
its sentences mean nothing. That is enough for what is measured: how much work a search is, and whether the labelled
documents are found among so many others. Frequencies follow Zipf's law.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from pathlib import Path
from pydoc_data.topics import topics

import pymorphy3

ROOT = Path(__file__).resolve().parent.parent
# About a hundred tokens of a sentence-piece vocabulary.
WORDS_A_CHUNK = {"ru": 45, "en": 70}
CHUNKS_A_DOCUMENT = 20
SUBJECTS = 400
OWN_WORDS = 60
OWN_SHARE = 0.35
DICTIONARY_WORDS = 6_000
PROPER = {"Name", "Surn", "Patr", "Geox", "Abbr"}
CONSONANTS, VOWELS = "бвгдзклмнпрст", "аеиоу"
RUSSIAN_WORD = re.compile(r"[а-яё]{2,}")
ENGLISH_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Text:
    slug: str
    title: str
    language: str
    body: str


class Language:
    """Words as often as they occur in the product's own texts, and subjects with words of their own, in all forms."""

    def __init__(self, code: str, common: Counter[str], own: list[list[str]], seed: int) -> None:
        self.code = code
        chance = random.Random(seed)
        self._common = sorted(common)
        self._weights = list(accumulate(common[word] for word in self._common))
        self._subjects = [chance.sample(own, OWN_WORDS) for _ in range(SUBJECTS)]

    def sentence(self, chance: random.Random, subject: int, length: int) -> str:
        own = self._subjects[subject % SUBJECTS]
        words = chance.choices(self._common, cum_weights=self._weights, k=length)
        words = [chance.choice(chance.choice(own)) if chance.random() < OWN_SHARE else word for word in words]
        return " ".join(words).capitalize() + "."

    def paragraph(self, chance: random.Random, subject: int) -> str:
        length = WORDS_A_CHUNK[self.code] // 5
        return " ".join(self.sentence(chance, subject, length) for _ in range(5))

    def question(self, chance: random.Random, subject: int) -> str:
        own = self._subjects[subject % SUBJECTS]
        words = [chance.choice(forms) for forms in chance.sample(own, chance.randint(1, 3))]
        words += chance.choices(self._common, cum_weights=self._weights, k=chance.randint(1, 4))
        chance.shuffle(words)
        return " ".join(words)


@cache
def languages() -> tuple[Language, Language]:
    russian = _words(RUSSIAN_WORD, *(path.read_text() for path in ROOT.glob("docs/guide/ru/*.md")), *_samples("ru"))
    english = _words(ENGLISH_WORD, *topics.values(), *_samples("en"))
    rare = [[word, f"{word}s"] for word, count in sorted(english.items()) if len(word) > 4 and count < 20]
    return Language("ru", russian, _dictionary(), 1), Language("en", english, rare, 2)


def _samples(language: str) -> Iterator[str]:
    return (path.read_text() for path in sorted(ROOT.glob(f"knowledge/samples/{language}/*.md")))


def _words(pattern: re.Pattern[str], *texts: str) -> Counter[str]:
    return Counter(word for text in texts for word in pattern.findall(text.lower()))


def _dictionary() -> list[list[str]]:
    """Russian nouns with their cases. The whole dictionary has five million forms: some prefixes are enough."""
    morph = pymorphy3.MorphAnalyzer()
    chance = random.Random(3)
    prefixes = chance.sample(
        [first + second + third for first, second, third in product(CONSONANTS, VOWELS, CONSONANTS)], 120
    )
    nouns: dict[str, None] = {}
    for prefix in prefixes:
        for _, tag, normal, *_ in morph.dictionary.iter_known_words(prefix):
            if tag.POS == "NOUN" and 5 <= len(normal) <= 9 and not PROPER & set(tag.grammemes):
                nouns[normal] = None
    chosen = chance.sample(sorted(nouns), min(DICTIONARY_WORDS, len(nouns)))
    return [sorted({form.word for form in morph.parse(word)[0].lexeme[:12]}) for word in chosen]


def documents(chunks: int) -> Iterator[Text]:
    """Documents that are cut into about `chunks` passages in all."""
    pair = languages()
    for number in range(chunks // CHUNKS_A_DOCUMENT):
        chance = random.Random(1000 + number)
        language, subject = pair[number % 2], number // 2
        parts = [
            f"## {language.sentence(chance, subject, 4)}\n\n{language.paragraph(chance, subject)}"
            for _ in range(CHUNKS_A_DOCUMENT)
        ]
        yield Text(f"made-{number}", language.sentence(chance, subject, 3), language.code, "\n\n".join(parts))


def questions(count: int) -> Iterator[tuple[str, str]]:
    """Questions nobody has asked before, with their language: two to seven bent words on the documents' subjects."""
    pair = languages()
    chance = random.Random(99)
    for number in range(count):
        language = pair[number % 2]
        yield language.question(chance, chance.randrange(SUBJECTS)), language.code

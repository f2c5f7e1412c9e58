"""Russian words: the dictionary's base form, one form for a verb's family, the Snowball stem of that.

People ask with a verb ("как подключить модель"), texts name with a noun ("подключение модели"), and a verb has
two aspects ("подключать"). All of them come down to the perfective verb when the dictionary knows it.
The stem comes last, so that words no dictionary has still meet in their cases.
"""

import logging
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

STOP_POS = frozenset({"PREP", "CONJ", "PRCL", "NPRO"})
VERB_POS = frozenset({"VERB", "INFN", "PRTF", "PRTS", "GRND"})
STOP_WORDS = frozenset(
    """
    будто быть весь вообще вот где делать должный другой ещё зачем здесь здравствовать здравствуйте как каков какой
    когда который кто куда ли лишь можно мой нибудь мочь надо наш нельзя нет нужно нужный объяснить один откуда очень
    подсказать пожалуйста почему привет просто рассказать самый свой сделать сегодня сейчас сказать сколько спасибо
    так такой там твой тогда тоже только тот тут уже хотелось хотеть хотеться чей что чтобы это этот являться
    """.split()
)

# Families whose members the rules below cannot derive from each other.
FAMILIES = {
    member: base
    for base, members in {
        "войти": "входить вход логин залогиниться логиниться",
        "выйти": "выходить выход",
        "выбрать": "выбор",
        "изменить": "сменить поменять менять смена",
        "запустить": "запуск",
        "говорить": "поговорить",
        "взять": "брать",
        "положить": "класть",
        "купить": "покупать покупка",
        "найти": "находить поиск искать поискать",
        "написать": "писать",
        "прочитать": "читать прочесть чтение",
        "поставить": "ставить",
        "работать": "работа",
        "копия": "копировать копирование скопировать",
        "зарегистрировать": "регистрировать регистрация",
        "заплатить": "платить",
        "увидеть": "видеть",
        "послать": "посылать слать",
        "цена": "стоить стоимость",
        "админка": "админ админк администратор администрировать администрирование",
        "забыть": "забывать",
        "вернуть": "возвращать возврат возвратить",
        "показать": "показ",
        "ждать": "ожидать ожидание подождать",
        "сломать": "сломаться ломаться поломка",
    }.items()
    for member in members.split()
}

# Names that Russian texts spell in both alphabets.
ALIASES = {
    "админка": "admin",
    "бэкап": "backup",
    "бэкапы": "backup",
    "апи": "api",
    "вебсокет": "websocket",
    "вебсокеты": "websocket",
    "гитхаб": "github",
    "докер": "docker",
    "имейл": "email",
    "линукс": "linux",
    "оллама": "ollama",
    "оупенэйай": "openai",
    "опенаи": "openai",
    "опенай": "openai",
    "постгрес": "postgresql",
    "почта": "email",
    "редис": "redis",
    "токен": "token",
    "чат": "chat",
}

# How a stem's end changes before the suffix of an imperfective verb or of a noun: (changed, as in the perfective).
ALTERNATIONS = (
    ("авл", "ов"), ("вл", "в"), ("бл", "б"), ("пл", "п"), ("мл", "м"), ("ск", "ст"), ("щ", "ст"), ("щ", "т"),
    ("ш", "с"), ("ж", "д"), ("ж", "з"), ("ж", "г"), ("жд", "д"), ("ч", "т"), ("ч", "к"),
)  # fmt: skip
# Imperfective endings and what stands for them in the perfective.
ASPECTS = (
    ("бирать", ("брать",)),
    ("дирать", ("драть",)),
    ("тирать", ("тереть",)),
    ("чинать", ("чать",)),
    ("нимать", ("нять",)),
    ("ивать", ("ать", "ить", "ять", "еть")),
    ("ывать", ("ать", "ыть", "ить")),
    ("вать", ("ть",)),
    ("ать", ("ить", "еть", "нуть")),
    ("ять", ("ить", "еть")),
)
NOUNS = (("ение", ("ить", "еть")), ("ание", ("ать",)), ("ация", ("ировать", "овать")), ("ка", ("ить", "ать", "ять")))
VOWELS = frozenset("аеиоуыэюя")


@cache
def _morphology() -> Any:
    # Two threads may load it twice; either copy will do.
    import pymorphy3

    logging.getLogger("pymorphy3").setLevel(logging.WARNING)
    return pymorphy3.MorphAnalyzer()


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("russian")


@lru_cache(maxsize=20_000)
def base_form(word: str) -> str:
    """The base form of a lower-case word with Cyrillic letters, or an empty string for a stop word."""
    lemma, tag = _reading(word)
    if tag.POS in STOP_POS or "Apro" in tag or lemma in STOP_WORDS or word in STOP_WORDS:
        return ""
    lemma = _family(lemma, tag)
    if alias := ALIASES.get(lemma, ALIASES.get(word)):
        return alias
    return str(_stemmer().stemWord(lemma.replace("ё", "е")))


def _reading(word: str) -> tuple[str, Any]:
    """The likeliest lemma of the word alone, and its tag; a noun wins over a participle that looks the same.

    When all else is equal, the verb does: "запущенный" is more often "запустить" than an adjective.
    """
    scores: dict[str, float] = {}
    tags: dict[str, Any] = {}
    for parse in _morphology().parse(word):
        lemma, weight = parse.normal_form, parse.score
        if parse.tag.POS == "NOUN":
            weight *= 1.5
        scores[lemma] = scores.get(lemma, 0.0) + weight
        tags.setdefault(lemma, parse.tag)
    best = max(scores, key=lambda lemma: (round(scores[lemma], 6), tags[lemma].POS in VERB_POS, lemma))
    return best, tags[best]


def _family(lemma: str, tag: Any) -> str:
    if lemma in FAMILIES:
        return FAMILIES[lemma]
    if tag.POS == "NOUN":
        return _verb_of_noun(lemma) or lemma
    if tag.POS in VERB_POS:
        return _perfective(_without_reflexive(lemma))
    return lemma


def _without_reflexive(verb: str) -> str:
    plain = verb.removesuffix("ся").removesuffix("сь")
    return plain if plain != verb and _aspect(plain) else verb


def _perfective(verb: str) -> str:
    """The perfective partner, or the verb itself."""
    if verb in FAMILIES:
        return FAMILIES[verb]
    if _aspect(verb) == "impf":
        for candidate in _candidates(verb, ASPECTS):
            if _aspect(candidate) == "perf":
                return candidate
    return verb


def _verb_of_noun(noun: str) -> str:
    for candidate in _candidates(noun, NOUNS):
        aspect = _aspect(candidate)
        # "точка" is not from "точить" and "строка" not from "строить": the short suffix is trusted less.
        if aspect == "perf" or (aspect and not noun.endswith("ка")):
            return _perfective(candidate)
    return ""


def _candidates(word: str, endings: tuple[tuple[str, tuple[str, ...]], ...]) -> Iterator[str]:
    for ending, others in endings:
        root = word.removesuffix(ending)
        if root == word or len(root) < 2 or (ending == "ка" and root[-1] in VOWELS):
            continue
        for variant in _roots(root):
            for other in others:
                yield variant + other


def _roots(root: str) -> Iterator[str]:
    """The root with its end, and the vowel before it, as they may be in the perfective."""
    ends = [root, root.removesuffix("й")] if root.endswith("й") else [root]
    ends += [root[: -len(changed)] + plain for changed, plain in ALTERNATIONS if root.endswith(changed)]
    for end in ends:
        yield end
        position = max(end.rfind(vowel) for vowel in VOWELS)
        if position > 0 and end[position] == "а":
            yield end[:position] + "о" + end[position + 1 :]


@lru_cache(maxsize=20_000)
def _aspect(verb: str) -> str:
    """perf, impf, or an empty string when the dictionary has no such infinitive."""
    for parse in _morphology().parse(verb):
        if parse.tag.POS == "INFN" and parse.is_known:
            return str(parse.tag.aspect)
    return ""

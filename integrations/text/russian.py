"""Russian words: the dictionary's base form, one form for a verb's family, the Snowball stem of that.

People ask with a verb ("как подключить модель"), texts name with a noun ("подключение модели"), and a verb has
two aspects ("подключать"). All of them come down to the perfective verb when the dictionary knows it.
The stem comes last, so that words no dictionary has still meet in their cases.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from integrations.text import english

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

# Families whose members the rules below cannot derive from each other. A base without members is only protected
# from the rules: "задача" is not from "задать".
FAMILIES = {
    member: base
    for base, members in {
        # going and carrying
        "войти": "входить вход логин логина залогиниться логиниться",
        "выйти": "выходить выход",
        "идти": "ходить пойти сходить",
        "уйти": "уходить уход",
        "ехать": "ездить поехать съездить поездка",
        "приехать": "приезжать приезд",
        "переехать": "переезжать переезд",
        "перейти": "переходить переход",
        "перевести": "переводить перевод",
        "перенести": "переносить перенос",
        "привезти": "привозить привоз",
        "вывести": "выводить вывод",
        "вывезти": "вывозить вывоз",
        "ввести": "вводить ввод",
        "внести": "вносить внесение взнос",
        "сесть": "садиться",
        "лечь": "ложиться",
        "прислать": "присылать",
        # choosing, changing, making
        "выбрать": "выбор",
        "изменить": "сменить поменять менять смена",
        "запустить": "запуск",
        "сбросить": "сбрасывать сброс",
        "взять": "брать",
        "положить": "класть",
        "поставить": "ставить",
        "построить": "строить",
        "показать": "показ",
        "отключить": "выключить выключать отключать",
        "сломать": "сломаться ломаться ломать поломка",
        "чинить": "починить починка",
        "чистить": "почистить очистить очищать чистка очистка",
        "мыть": "помыть вымыть мойка",
        "пробовать": "попробовать проба",
        "пользоваться": "воспользоваться использовать использование пользование",
        "пытаться": "попытаться попытка",
        "готовить": "приготовить приготовление",
        "подготовить": "подготовка подготавливать готовиться приготовиться",
        "планировать": "запланировать спланировать",
        "помочь": "помогать помощь",
        "успеть": "успевать",
        "потерять": "терять потеряться теряться утерять утеря",
        # speaking and writing
        "говорить": "поговорить",
        "звонить": "позвонить звонок",
        "перезвонить": "перезванивать",
        "написать": "писать",
        "прочитать": "читать прочесть чтение",
        "послать": "посылать слать",
        "жаловаться": "пожаловаться жалоба",
        "советовать": "посоветовать совет",
        "обещать": "пообещать обещание",
        "просить": "попросить просьба",
        "звать": "позвать",
        "согласовать": "согласовывать согласование",
        # knowing, seeing, waiting
        "найти": "находить поиск искать поискать",
        "забыть": "забывать",
        "увидеть": "видеть",
        "смотреть": "посмотреть просмотреть просматривать просмотр",
        "ждать": "ожидать ожидание подождать",
        "знать": "узнать узнавать",
        "проверить": "проверять проверка",
        "учить": "научить научиться выучить изучить изучать учеба обучить обучать обучение",
        # money
        "купить": "покупать покупка",
        "продать": "продавать продажа",
        "оплатить": "оплачивать оплата платить заплатить уплатить уплата плата платеж платежный",
        "обменять": "обмен обменивать обмениваться обменяться",
        "бронировать": "бронь броня забронировать бронирование",
        "цена": "стоить стоимость",
        "дешевый": "дешево подешеветь",
        "вернуть": "возвращать возврат возвратить",
        "выиграть": "выигрывать выигрыш",
        "проиграть": "проигрывать проигрыш",
        "розыгрыш": "разыграть разыгрывать",
        "играть": "сыграть поиграть игра",
        "экономить": "сэкономить экономия",
        "тратить": "потратить истратить трата",
        "копить": "накопить накапливать накопление",
        "страховать": "застраховать страхование страховка страховой",
        "штрафовать": "оштрафовать штраф",
        "деньги": "денежка денежный деньга",
        "наличные": "наличный наличка наличность",
        "украсть": "красть кража",
        "подарок": "подарочный подарить дарить",
        # work and office
        "работать": "работа",
        "копия": "копировать копирование скопировать",
        "зарегистрировать": "регистрировать регистрация",
        "админка": "админ админк администратор администрировать администрирование",
        "участвовать": "поучаствовать участие",
        "отсутствовать": "отсутствие",
        "заболеть": "болеть болезнь",
        "лечить": "вылечить лечение",
        "нанять": "нанимать наем",
        "прививка": "прививок привить прививать",
        "принять": "прием принимать",
        "врач": "врачебный",
        "отпуск": "отпускной отпускные",
        "банк": "банковский",
        "лотерея": "лотерейный лотерейка",
        "почта": "почтовый",
        "карта": "карточка",
        # people and things
        "ребенок": "ребята дитя ребятишки",
        "окно": "окошко",
        "компьютер": "комп компьютерный",
        "ноутбук": "ноут",
        "мобильный": "мобила мобильник",
        "пес": "собака песик собачка",
        "строка": "строчка",
        # protected from the rules
        "задача": "задачка",
        "график": "",
        "понятие": "",
        "занятие": "",
    }.items()
    for member in (base, *members.split())
}

# Names that Russian texts spell in both alphabets.
ALIASES = {
    spelling: name
    for name, spellings in {
        "admin": "админка",
        "android": "андроид",
        "api": "апи",
        "backup": "бэкап бэкапы бекап",
        "bluetooth": "блютуз блютус",
        "call": "колл кол",
        "chat": "чат чатик",
        "docker": "докер",
        "email": "имейл емейл емайл имэйл мейл мэйл почта",
        "excel": "эксель эксел",
        "github": "гитхаб",
        "google": "гугл",
        "internet": "интернет инет",
        "iphone": "айфон",
        "linux": "линукс",
        "offline": "офлайн оффлайн",
        "ollama": "оллама",
        "online": "онлайн",
        "openai": "оупенэйай опенаи опенай",
        "pdf": "пдф",
        "pin": "пин",
        "postgresql": "постгрес",
        "redis": "редис",
        "router": "роутер рутер",
        "sim": "сим симка",
        "sms": "смс эсэмэс",
        "telegram": "телеграм телеграмм",
        "token": "токен",
        "usb": "юсб",
        "vpn": "впн",
        "websocket": "вебсокет вебсокеты",
        "whatsapp": "вотсап ватсап вацап",
        "wifi": "вайфай вайфая",
        "windows": "виндовс винда",
        "word": "ворд",
        "youtube": "ютуб ютьюб",
        "zoom": "зум",
    }.items()
    for spelling in spellings.split()
}

# How a stem's end changes before the suffix of an imperfective verb or of a noun: (changed, as in the perfective).
ALTERNATIONS = (
    ("авл", "ов"), ("вл", "в"), ("бл", "б"), ("пл", "п"), ("мл", "м"), ("ск", "ст"), ("щ", "ст"), ("щ", "т"),
    ("ш", "с"), ("ж", "д"), ("ж", "з"), ("ж", "г"), ("жд", "д"), ("ч", "т"), ("ч", "к"),
)  # fmt: skip
# Imperfective endings and what stands for them in the perfective.
ASPECTS = (
    ("ходить", ("йти",)),
    ("водить", ("вести",)),
    ("возить", ("везти",)),
    ("носить", ("нести",)),
    ("езжать", ("ехать",)),
    ("бирать", ("брать",)),
    ("дирать", ("драть",)),
    ("тирать", ("тереть",)),
    ("пирать", ("переть",)),
    ("чинать", ("чать",)),
    ("нимать", ("нять",)),
    ("жимать", ("жать",)),
    ("минать", ("мнить", "мянуть")),
    ("сылать", ("слать",)),
    ("зывать", ("звать",)),
    ("кладывать", ("ложить", "класть")),
    ("лагать", ("ложить",)),
    ("падать", ("пасть",)),
    ("бретать", ("брести",)),
    ("читывать", ("читать", "честь")),
    ("гать", ("чь",)),
    ("кать", ("чь",)),
    ("ивать", ("ать", "ить", "ять", "еть")),
    ("ывать", ("ать", "ыть", "ить")),
    ("вать", ("ть",)),
    ("ать", ("ить", "еть", "нуть")),
    ("ять", ("ить", "еть")),
)
NOUNS = (
    ("ировка", ("ировать",)),
    ("ение", ("ить", "еть")),
    ("ание", ("ать",)),
    ("тие", ("ть",)),
    ("ача", ("ать",)),
    ("ация", ("ировать", "овать")),
    ("ка", ("ить", "ать", "ять")),
)
# Nouns that are a verb's bare stem: "обмен", "отмена", "запись".
BARE_NOUNS = ("ать", "ять", "ить")
# A prefix makes a borrowed verb perfective and changes nothing else: "заблокировать", "отсканировать".
BORROWED = re.compile(r"(?:за|про|с|по|от|на|о|вы)(?P<plain>\w{3,}ировать)")
# What makes an adjective of a noun ("налоговый", "клиентский"), and a small thing of a thing ("файлик").
ADJECTIVES = (
    ("ийный", "ия"),
    ("очный", "ка"),
    ("овский", ""),
    ("ский", ""),
    ("ской", ""),
    ("овый", ""),
    ("овой", ""),
    ("ный", ""),
)
SMALL = (("очка", "ка"), ("ечка", "ка"), ("ик", ""))
SHORTEST_NOUN = 4
# "VPNом"
LATIN_ROOT = re.compile(r"(?P<root>[a-z0-9]*[a-z][a-z0-9]*)[а-я]{1,4}")
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
    if latin := LATIN_ROOT.fullmatch(word):
        return english.base_form(latin["root"])
    lemma, tag = _reading(word)
    if tag.POS in STOP_POS or "Apro" in tag or lemma in STOP_WORDS or word in STOP_WORDS:
        return ""
    lemma = _family(lemma, tag).replace("ё", "е")
    for spelling in (lemma, word, lemma.removesuffix("ка")):
        if alias := ALIASES.get(spelling):
            return alias
    stem = _stem(lemma)
    # A word that no dictionary has comes with the lemma that its ending suggests.
    return stem if stem not in ALIASES or _morphology().word_is_known(word) else ALIASES[stem]


@lru_cache(maxsize=20_000)
def is_first_name(word: str) -> bool:
    """Whether the dictionary has the word as a first name or a patronymic, and thinks of that first."""
    return is_personal(word, ("Name", "Patr"))


def is_personal(word: str, kinds: tuple[str, ...] = ("Name", "Surn", "Patr")) -> bool:
    """Whether the likeliest reading of a word in the dictionary is a person's name of one of these kinds."""
    if not _morphology().word_is_known(word):
        return False
    first = _morphology().parse(word)[0].tag
    return any(kind in first for kind in kinds)


def _stem(lemma: str) -> str:
    """The Snowball stem, but where it takes "кредит" for a verb's form, "дать" for one of "дата", "банка" of "банк"."""
    if lemma[-1] not in VOWELS and lemma[-1] != "ь" and _is_noun(lemma):
        return lemma
    stem = str(_stemmer().stemWord(lemma))
    if lemma[-1] in "ая" and stem == lemma[:-1] and _is_noun(stem):
        return lemma
    return lemma if lemma.endswith("ть") and stem == lemma[:-1] and _aspect(lemma) else stem


def _reading(word: str) -> tuple[str, Any]:
    """The likeliest lemma of the word alone, and its tag; a noun wins over a participle that looks the same.

    When all else is equal, the verb does: "запущенный" is more often "запустить" than an adjective.
    """
    scores: dict[str, float] = {}
    tags: dict[str, Any] = {}
    parses = _morphology().parse(word)
    finite = any(parse.tag.POS == "VERB" and parse.tag.person == "1per" for parse in parses)
    for parse in parses:
        lemma, weight = parse.normal_form, parse.score
        if parse.tag.POS == "NOUN" and not finite:
            weight *= 1.5
        scores[lemma] = scores.get(lemma, 0.0) + weight
        tags.setdefault(lemma, parse.tag)
    best = max(scores, key=lambda lemma: (round(scores[lemma], 6), tags[lemma].POS in VERB_POS, -len(lemma), lemma))
    return best, tags[best]


def _family(lemma: str, tag: Any) -> str:
    if family := FAMILIES.get(lemma.replace("ё", "е")):
        return family
    if tag.POS == "NOUN":
        return _verb_of_noun(lemma) or _noun_behind(lemma, SMALL) or _masculine(lemma) or lemma
    if tag.POS in VERB_POS:
        return _perfective(_without_reflexive(lemma))
    if tag.POS == "ADJF":
        return _noun_behind(lemma, ADJECTIVES) or lemma
    return lemma


def _masculine(noun: str) -> str:
    """ "сосед" for "соседка"; only for living beings, so that "банка" is not the female of "банк"."""
    root = noun.removesuffix("ка")
    return root if root != noun and len(root) >= SHORTEST_NOUN and _is_noun(root, living=True) else ""


def _without_reflexive(verb: str) -> str:
    plain = verb.removesuffix("ся").removesuffix("сь")
    return plain if plain != verb and _aspect(plain) else verb


def _perfective(verb: str) -> str:
    """The perfective partner, or the verb itself."""
    if verb in FAMILIES:
        return FAMILIES[verb]
    if (borrowed := BORROWED.fullmatch(verb)) and _aspect(borrowed["plain"]):
        return borrowed["plain"]
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
    root = noun.rstrip("аь")
    for ending in BARE_NOUNS if len(root) >= SHORTEST_NOUN else ():
        if _aspect(root + ending) == "perf":
            return _perfective(root + ending)
    return ""


def _noun_behind(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    """The noun that an adjective or a diminutive is made of, or that noun's family."""
    for ending, other in endings:
        root = word.removesuffix(ending)
        if root != word and len(root) >= SHORTEST_NOUN and _is_noun(root + other):
            return FAMILIES.get(root + other) or _verb_of_noun(root + other) or root + other
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
    for parse in _morphology().parse(verb) if _morphology().word_is_known(verb) else ():
        if parse.tag.POS == "INFN" and parse.is_known:
            return str(parse.tag.aspect)
    return ""


@lru_cache(maxsize=20_000)
def _is_noun(word: str, *, living: bool = False) -> bool:
    """Whether the dictionary has this noun in its base form."""
    # Guessing at a word that is not in the dictionary takes ten times as long as looking it up.
    return _morphology().word_is_known(word) and any(
        parse.tag.POS == "NOUN"
        and parse.normal_form.replace("ё", "е") == word
        and not (living and parse.tag.animacy != "anim")
        for parse in _morphology().parse(word)
    )

"""Which lines of a mail are quoted: marks, the lines that introduce quotations, and the heads of whole mails."""

import re
from dataclasses import dataclass

LONGEST_INTRO = 400
# An introduction is broken into so many lines at most.
INTRO_LINES = 4
# What a mail full of such lines could cost is bounded: after so many nothing more is taken for an introduction.
MAX_INTROS = 100
LONGEST_LINE = 300
HEAD_LINES = 8
NEEDED_KEYS = 3

WEEKDAY = (
    r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|(?:пн|вт|ср|чт|пт|сб|вс)|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|"
    r"суббот[ау]|воскресенье"
)
MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|янв[а-я.]*|фев[а-я.]*|мар[а-я.]*|апр[а-я.]*|"
    r"ма[йя]|июн[а-я.]*|"
    r"июл[а-я.]*|авг[а-я.]*|сен[а-я.]*|окт[а-я.]*|ноя[а-я.]*|дек[а-я.]*"
)
DATE = (
    rf"(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th)?[ ,]+(?:{MONTH})[ ,]+\d{{4}}|"
    rf"(?:{MONTH})[ ,]+\d{{1,2}}(?:st|nd|rd|th)?,?[ ]+(?:\d{{4}}|at )|\d{{1,2}}[ ]+(?:{MONTH}))"
)
TIME = r"\d{1,2}[:.]\d{2}"
WROTE = r"(?:wrote|writes|said|пишете?|(?:на)?писал(?:[аи]|\(а\))?|сообщает|сообщил[аи]?)"
# How an introduction may begin: everything else is not looked at any further.
BEGINS = re.compile(
    rf"^[\s*_]*(?:on\b|at\b|в\b|во\b|hello\b|здравствуйте\b|вы\b|you\b|le\b|am\b|{WEEKDAY}|\d|\"|'|«|<|[A-ZА-ЯЁ])", re.I
)
HINT = re.compile(rf"\d|@|{WROTE}|écrit|schrieb", re.I)
INTROS = tuple(
    re.compile(form, re.I)
    for form in (
        # On Mon, 1 Jan 2024 at 10:00, Ann <a@b.c> wrote:
        rf"^[\s*_]*(?:on|at)\b.{{3,300}}(?:{TIME}|{DATE}|\d{{4}}).{{0,200}}\b{WROTE}\s*:[\s*_]*$",
        # 13 мая 2024 г., в 10:00, Анна <a@b.c> написал(а):    12.05.2024, 10:00, "Анна" <a@b.c> пишет:
        rf"^[\s*_]*(?:(?:{WEEKDAY})[,.]?\s+|в\s+|во\s+|on\s+)*{DATE}.{{0,300}}{WROTE}\s*:[\s*_]*$",
        # пн, 13 мая 2024 г. в 10:00, Анна <a@b.c>:    12.05.2024, 10:00, Анна (a@b.c):
        rf"^[\s*_]*(?:(?:{WEEKDAY})[,.]?\s+|в\s+)*{DATE}.{{0,60}}{TIME}.{{0,200}}"
        rf"(?:<[^<>]{{3,200}}>|\([^()]{{3,200}}@[^()]{{1,200}}\))\s*:[\s*_]*$",
        # Понедельник, 13 мая 2024, 10:00 +03:00 от Анна <a@b.c>:
        rf"^[\s*_]*(?:{WEEKDAY})[,.]?\s+{DATE}.{{0,60}}{TIME}.{{0,30}}\s(?:от|from)\s.{{1,200}}:[\s*_]*$",
        # Вы писали 13 мая 2024 г., 10:00:02:    You wrote on Monday, May 13, 2024, 10:00:
        rf"^[\s*_]*(?:вы (?:писали|написали)|you wrote)\b.{{0,100}}(?:{TIME}|{DATE}).{{0,60}}:[\s*_]*$",
        # В письме от 13.05.2024 10:00 Анна написала:
        rf"^[\s*_]*(?:в письме|в сообщении) от {DATE}.{{0,200}}{WROTE}.{{0,60}}:[\s*_]*$",
        # Le lun. 13 mai 2024 à 10:00, Ann <a@b.c> a écrit :    Am 13.05.2024 um 10:00 schrieb Ann:
        r"^[\s*_]*le\s.{5,200}a écrit\s?:\s*$",
        r"^[\s*_]*am\s.{5,200}schrieb.{0,200}:\s*$",
    )
)
# These begin with any word, so that the line above them must not be taken with them.
ONE_LINE_INTROS = tuple(
    re.compile(form, re.I)
    for form in (
        # Анна Петрова <a@b.c> писал(а) 13.05.2024 10:00:    Ann Lee <a@b.c> wrote:
        rf"^[\s*_\"'«]*.{{1,120}}<[^<>\s]{{3,200}}>\s*{WROTE}.{{0,80}}:[\s*_]*$",
        # Анна Петрова писал(а) 13.05.2024 10:00:
        rf"^[\s*_\"'«]*.{{1,80}}\s{WROTE}\s+.{{0,20}}{DATE}.{{0,40}}:[\s*_]*$",
    )
)
ORIGINAL = re.compile(
    r"^[\s*_>]*[-–—_=]{2,}\s*(?:original (?:message|appointment|e-?mail)|исходное (?:сообщение|письмо)|"
    r"оригинальное (?:сообщение|письмо)|(?:reply|ответ)[^-]{0,30})\s*[-–—_=]{2,}\s*$",
    re.I,
)
FORWARDED = re.compile(
    r"^[\s*_>]*(?:[-–—_=]{2,}\s*(?:forwarded (?:message|mail)(?: (?:from|by)[^-]{0,80})?|(?:пересылаемое|"
    r"пересланное|перенаправленное|"
    r"переадресованное) (?:сообщение|письмо)|(?:начало|конец) пере[а-я]+ сообщения)\s*[-–—_=]{2,}|"
    r"begin forwarded message:|"
    r"начало пере[а-я]+ сообщения:|(?:пересылаемое|пересланное) сообщение:?)\s*$",
    re.I,
)
RULE = re.compile(r"^\s*[-_=*]{5,}\s*$")
KEY = re.compile(
    r"^[\s*_>]*(?P<key>from|sent|date|to|cc|bcc|subject|reply-to|importance|от(?: кого)?|отправитель|отправлено|"
    r"дата|кому|копия|"
    r"тема|ответить|важность|когда)\s*[*_]*\s*:[\s*_]*(?P<value>.*)$",
    re.I,
)
SENDERS = frozenset({"from", "от", "от кого", "отправитель"})
SUBJECT_KEYS = frozenset({"subject", "тема"})


@dataclass(frozen=True, slots=True)
class Quotes:
    """The numbers of quoted lines; where a mail begins that was passed on, and where one with its head does."""

    lines: frozenset[int]
    forwarded: int | None = None
    head: int | None = None


def find_quotes(lines: list[str]) -> Quotes:
    quoted: set[int] = set()
    forwarded: int | None = None
    number = tried = 0
    while number < len(lines):
        line = lines[number][:LONGEST_LINE]
        if _is_marked(line):
            quoted.add(number)
        elif FORWARDED.match(line):
            return Quotes(
                frozenset(quoted | set(range(number, len(lines)))), number if forwarded is None else forwarded
            )
        elif ORIGINAL.match(line) or _is_head(lines, number):
            return Quotes(frozenset(quoted | set(range(number, len(lines)))), forwarded, number)
        elif (tried := tried + _may_begin(line)) <= MAX_INTROS and (length := _intro(lines, number)):
            after = _next(lines, number + length)
            if after is None or not _is_marked(lines[after]):
                return Quotes(frozenset(quoted | set(range(number, len(lines)))), forwarded)
            quoted.update(range(number, after))
            number = after
            continue
        number += 1
    return Quotes(frozenset(quoted | _between(lines, quoted)), forwarded)


def _is_marked(line: str) -> bool:
    stripped = line.lstrip()
    return (
        stripped.startswith(">")
        and not stripped.startswith((">>>=", ">="))
        or bool(re.match(r"[A-ZА-Я]{1,3}>\s", line))
    )


def _may_begin(line: str) -> bool:
    return BEGINS.match(line) is not None and HINT.search(line) is not None


def _intro(lines: list[str], number: int) -> int:
    """Of how many lines the introduction of a quotation consists that begins here; 0: none does."""
    joined = ""
    for length in range(1, INTRO_LINES + 1):
        if number + length > len(lines):
            return 0
        line = lines[number + length - 1].strip()
        joined = f"{joined} {line}".strip()
        if not line or len(joined) > LONGEST_INTRO:
            return 0
        if joined.rstrip(" *_").endswith(":"):
            forms = INTROS + ONE_LINE_INTROS if length == 1 else INTROS
            return length if any(form.match(joined) for form in forms) else 0
    return 0


def _is_head(lines: list[str], number: int) -> bool:
    """A rule or nothing, and then a block like From, Sent, To, Subject."""
    start = number
    if RULE.match(lines[number][:LONGEST_LINE]):
        after = _next(lines, number + 1)
        if after is None or after > number + 2:
            return False
        start = after
    first = KEY.match(lines[start][:LONGEST_LINE])
    if first is None or first["key"].lower() not in SENDERS:
        return False
    # A form that somebody has filled in has a sender and a subject as well, but no address and no date beside them.
    window = [found for line in lines[start : start + HEAD_LINES] if (found := KEY.match(line[:LONGEST_LINE]))]
    keys = {found["key"].lower() for found in window}
    told = any(re.search(rf"@|{TIME}", found["value"]) for found in window)
    return len(keys) >= NEEDED_KEYS and told and bool(keys & (SUBJECT_KEYS | {"to", "кому"}))


def _next(lines: list[str], number: int) -> int | None:
    return next((at for at in range(number, min(len(lines), number + 6)) if lines[at].strip()), None)


def _between(lines: list[str], quoted: set[int]) -> set[int]:
    """Empty lines between two quoted ones."""
    found: set[int] = set()
    empty: list[int] = []
    after_quote = False
    for number, line in enumerate(lines):
        if number in quoted:
            found.update(empty if after_quote else ())
            empty, after_quote = [], True
        elif line.strip():
            empty, after_quote = [], False
        else:
            empty.append(number)
    return found

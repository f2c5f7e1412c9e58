"""Which lines are the signature: the mark `-- `, what phones add, and greetings at the end."""

import re

# A signature after the mark may be long; a greeting is followed by a name and how to reach somebody.
MARK = re.compile(r"^\s*(?:-- ?|—|–|__+|--+)\s*$")
MARK_LINES = 25
GREETING_LINES = 8
LONGEST_LINE = 90
DEVICE = re.compile(
    r"^[\s*_\[-]*(?:(?:sent|envoyé|gesendet) (?:from|with|via|using) .{1,80}|sent by .{0,40}(?:mail|phone).{0,40}|"
    r"get (?:outlook|bluemail|yahoo mail) for .{1,40}|получи(?:те|ть) outlook для .{1,40}|"
    r"(?:отправлено|написано|послано) (?:из|с|со|через|при помощи|с помощью) .{1,80}|скачать outlook .{1,40}|"
    r"yahoo mail for .{1,40}|this e-?mail (?:has been|was) (?:checked|scanned).{0,120}|"
    r"проверено антивирусом.{0,80}|virus[- ]free\..{0,80})\s*[\]*_.]*\s*$",
    re.I,
)
# "Sent from the shop on Monday" is a sentence, "Sent from my iPhone" is not.
DEVICE_NAMES = re.compile(
    r"iphone|ipad|phone|android|mobile|мобильн|samsung|galaxy|huawei|xiaomi|redmi|honor|pixel|outlook|mail|"
    r"gmail|почт|yandex|яндекс|"
    r"телефон|планшет|смартфон|айфон|blackberry|windows|nokia|proton|spark|thunderbird|антивирус|virus|checked|scanned",
    re.I,
)
GREETING = re.compile(
    r"^\s*(?:с\s+(?:наилучшими\s+)?(?:уважением|пожеланиями)|с\s+наилучшими|искренне\s+ваш[аи]?|"
    r"ваш[аи]?\s+искренне|всего\s+(?:доброго|"
    r"хорошего|наилучшего)|хорошего\s+(?:дня|вечера)|с\s+признательностью|с\s+благодарностью|"
    r"best(?:\s+(?:regards|wishes))?|"
    r"(?:kind|warm|many|with\s+(?:best|kind))\s+(?:best\s+)?regards|regards|sincerely(?:\s+yours)?|"
    r"yours\s+(?:sincerely|truly|faithfully)|"
    r"cheers|thanks\s*(?:and|&)\s*regards|respectfully|br|kr)\s*[,.!-]*(?:\s+[^,.?!:]{1,60}(?:[,.][^,?!:]{0,40})?)?\s*$",
    re.I,
)
AFTERTHOUGHT = re.compile(r"^\s*(?:p\.?\s?p?\.?\s?s\b|п\.?\s?с\b|постскриптум|зы\b|з\.ы)", re.I)


def find_signature(lines: list[str], own: list[int]) -> frozenset[int]:
    """The numbers of the signature's lines among the writer's own ones."""
    filled = [number for number in own if lines[number].strip()]
    found = {number for number in filled if _is_device(lines[number])}
    rest = [number for number in filled if number not in found]
    start = _marked(lines, rest)
    if start is None:
        start = _greeting(lines, rest)
    if start is None:
        return frozenset(found)
    return frozenset(found | {number for number in rest if number >= start})


def _is_device(line: str) -> bool:
    return len(line) <= 160 and DEVICE.match(line) is not None and DEVICE_NAMES.search(line) is not None


def _marked(lines: list[str], filled: list[int]) -> int | None:
    """The last mark with something above it and not too much below."""
    for place in range(len(filled) - 1, max(-1, len(filled) - MARK_LINES - 2), -1):
        line = lines[filled[place]]
        is_strict = line.rstrip("\r") in ("-- ", "--")
        below = filled[place + 1 :]
        if place and MARK.match(line) and (is_strict or _is_short(lines, below)):
            return filled[place]
    return None


def _greeting(lines: list[str], filled: list[int]) -> int | None:
    """A greeting near the end, below which nothing is said any more."""
    for place in range(max(1, len(filled) - GREETING_LINES - 1), len(filled)):
        if GREETING.match(lines[filled[place]]) and _is_short(lines, filled[place + 1 :]):
            return filled[place]
    return None


def _is_short(lines: list[str], numbers: list[int]) -> bool:
    """Names, posts and telephone numbers, no sentences, no questions."""
    if len(numbers) > GREETING_LINES:
        return False
    return all(_is_label(lines[number]) for number in numbers)


def _is_label(line: str) -> bool:
    line = line.strip()
    is_sentence = len(line.split()) > 5 and line.endswith((".", "!"))
    return len(line) <= LONGEST_LINE and "?" not in line and not is_sentence and not AFTERTHOUGHT.match(line)

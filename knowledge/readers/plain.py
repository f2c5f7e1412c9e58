"""Plain text and Markdown files."""

import re
from collections.abc import Iterator

from knowledge.readers import escaping
from knowledge.readers.encoding import decode
from knowledge.readers.reading import CHARACTERS_LOST, Draft, ReadingError

FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<fields>.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.S)
TITLE = re.compile(r"^title[ \t]*:[ \t]*(?P<title>[^\n]+)$", re.M | re.I)
LANGUAGE = re.compile(r"^lang(?:uage)?[ \t]*:[ \t]*[\"']?(?P<language>ru|en)\b", re.M | re.I)
HEADING = re.compile(r"^ {0,3}#[ \t]+(?P<text>[^\n]+?)(?:[ \t]+#+)?[ \t]*$", re.M)
RULE = re.compile(r"[-=_*~#]{3,}")
LONGEST_UNDERLINED = 100
ITEM = re.compile(r"(?P<indent> *)(?P<mark>[-*+•–—]|\d{1,9}[.)])\s+(?P<text>\S.*)")
# More bytes than this that no text has are a sign that it is none.
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def read_markdown(data: bytes) -> Draft:
    text, notes = text_of(data)
    fields = ""
    if match := FRONT_MATTER.match(text):
        fields, text = match["fields"], text[match.end() :]
    return Draft(text.strip("\n"), title=_title(fields, text), language=_language(fields), notes=notes)


def read_text(data: bytes) -> Draft:
    text, notes = text_of(data)
    return Draft(from_plain(text), notes=notes)


def text_of(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text with line feeds alone, without zeros and other controls; and what was lost."""
    text, is_whole = decode(data)
    controls = len(CONTROLS.findall(text[:100_000]))
    if controls > 8 and controls * 20 > len(text[:100_000]):
        raise ReadingError("broken")
    text = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text, () if is_whole else (CHARACTERS_LOST,)


def from_plain(text: str) -> str:
    """Plain text as Markdown: paragraphs, lists and underlined headings stay, everything else is words."""
    parts = re.split(r"\n[^\S\n]*(?=\n)", text.expandtabs(4))
    return "\n\n".join(filter(None, (_part(part) for part in parts)))


def _part(part: str) -> str:
    lines = [line.rstrip() for line in part.split("\n") if line.strip()]
    if len(lines) == 2 and len(lines[0]) <= LONGEST_UNDERLINED and RULE.fullmatch(lines[1].strip()):
        return f"{'#' if lines[1].strip()[0] == '=' else '##'} {escaping.inline(lines[0].strip())}"
    return "\n".join(_lines(lines))


def _lines(lines: list[str]) -> Iterator[str]:
    is_list = False
    for line in lines:
        if RULE.fullmatch(line.strip()):
            continue
        match = ITEM.fullmatch(line)
        is_list = is_list or bool(match)
        if match:
            yield _item(match)
        else:
            yield ("  " if is_list else "") + escaping.line(line)


def _item(match: re.Match[str]) -> str:
    mark = match["mark"] if match["mark"][0].isdigit() else "-"
    return f"{match['indent'][:6]}{mark} {escaping.line(match['text'])}"


def _title(fields: str, text: str) -> str:
    if match := TITLE.search(fields):
        return _unquoted(match["title"].strip())
    match = HEADING.search(text[:2000])
    return match["text"] if match else ""


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        quote = value[0]
        return value[1:-1].replace("\\" + quote, quote).replace(quote * 2, quote)
    return re.sub(r"\s+#.*$", "", value)


def _language(fields: str) -> str:
    match = LANGUAGE.search(fields)
    return match["language"].lower() if match else ""

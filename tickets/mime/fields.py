"""The header block of a mail or of a part: its fields as bytes, and what parameters they carry."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from tickets.mime.charsets import decode
from tickets.mime.defects import Defects
from tickets.mime.limits import MAX_HEADER_BLOCK, MAX_HEADER_VALUE, MAX_HEADERS
from tickets.mime.words import decode_words

LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
MBOX_LINE = re.compile(rb">?From ")
PARAMETER = re.compile(r";\s*([^\s=;\"]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
SEGMENT = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")
# Segments of one parameter beyond that are no file's name.
MAX_SEGMENTS = 100


@dataclass(slots=True)
class Fields:
    """Header fields in their order, names as written, values unfolded and still as bytes."""

    items: list[tuple[str, bytes]] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        return next(self.all(name), b"")

    def all(self, name: str) -> Iterator[bytes]:
        wanted = name.lower()
        return (value for key, value in self.items if key.lower() == wanted)

    def text(self, name: str) -> str:
        """The first value that is not empty, decoded."""
        return next((text for value in self.all(name) if (text := decode_words(value).strip())), "")

    def texts(self, name: str) -> list[str]:
        return [text for value in self.all(name) if (text := decode_words(value).strip())]

    def plain(self, name: str) -> str:
        """The first value that is not empty, its encoded words as they stand: for values that have a grammar."""
        return next((text for value in self.all(name) if (text := decode(value).strip())), "")


def read_fields(raw: bytes, start: int, end: int, defects: Defects) -> tuple[Fields, int]:
    """The fields that begin at `start`, and where the body begins: at an odd line where no empty one is."""
    fields, position = Fields(), start
    for line, first, after in _lines(raw, start, end):
        if not line:
            return _closed(fields, defects), after
        if first and MBOX_LINE.match(line):
            pass
        elif line[:1] in b" \t" and fields.items:
            _continue(fields, line, defects)
        elif found := FIELD.fullmatch(line):
            _add(fields, found, defects)
        elif not line.isspace():
            defects.add("header_without_end" if fields.items else "no_headers")
            return _closed(fields, defects), position
        position = after
        if position - start > MAX_HEADER_BLOCK:
            defects.add("headers_cut")
            return _closed(fields, defects), _end_of_block(raw, position, end)
    return _closed(fields, defects), end


def _lines(raw: bytes, start: int, end: int) -> Iterator[tuple[bytes, bool, int]]:
    """Each line without its break, whether it is the first one, and where the next one begins."""
    position = start
    while position < end:
        found = LINE.match(raw, position, end)
        if found is None or found.end() == position:
            return
        yield found[1], position == start, found.end()
        position = found.end()


def _add(fields: Fields, found: re.Match[bytes], defects: Defects) -> None:
    if len(fields.items) < MAX_HEADERS:
        fields.items.append((found[1].decode("ascii"), _within(found[2], defects)))
        return
    defects.add("headers_cut")


def _continue(fields: Fields, line: bytes, defects: Defects) -> None:
    name, value = fields.items[-1]
    if len(value) < MAX_HEADER_VALUE:
        fields.items[-1] = (name, _within(value + b" " + line.lstrip(b" \t"), defects))


def _within(value: bytes, defects: Defects) -> bytes:
    if len(value) <= MAX_HEADER_VALUE:
        return value
    defects.add("header_cut")
    return value[:MAX_HEADER_VALUE]


def _closed(fields: Fields, defects: Defects) -> Fields:
    if any(b"\x00" in value for _, value in fields.items):
        defects.add("zero_bytes")
    fields.items = [(name, value.replace(b"\x00", b"").rstrip()) for name, value in fields.items]
    return fields


def _end_of_block(raw: bytes, position: int, end: int) -> int:
    found = re.compile(rb"\r\n\r\n|\n\n|\r\r").search(raw, position, end)
    return found.end() if found else end


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x` as its lower-case kind and its parameters, continued and encoded ones put together."""
    text = decode(value)
    kind = text.partition(";")[0].strip().lower()
    segments: dict[str, list[tuple[int, bool, str]]] = {}
    for found in PARAMETER.finditer(text, len(text.partition(";")[0])):
        name = SEGMENT.fullmatch(found[1].lower())
        if name is not None and len(segments.setdefault(name[1], [])) < MAX_SEGMENTS:
            segments[name[1]].append((int(name[2] or 0), bool(name[3]), _unquoted(found[2])))
    return kind, {name: _joined(parts) for name, parts in segments.items()}


def _unquoted(value: str) -> str:
    value = value.strip()
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'), flags=re.DOTALL)


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: `utf-8'ru'%D0%9F` in one or several pieces; else RFC 2047 where it should not be, or plain."""
    if not any(encoded for _, encoded, _ in parts):
        # The first one of equal parameters counts; pieces have numbers of their own.
        numbered = {number: text for number, _, text in reversed(parts)}
        return decode_words("".join(numbered[number] for number in sorted(numbered)).encode("utf-8")).strip()
    numbered_bytes = {number: _piece(encoded, text) for number, encoded, text in reversed(parts)}
    data = b"".join(numbered_bytes[number] for number in sorted(numbered_bytes))
    charset, language_mark, rest = data.partition(b"'")
    if not language_mark or b"'" not in rest:
        return decode(data).strip()
    return decode(rest.partition(b"'")[2], charset.decode("ascii", "replace")).strip()


def _piece(encoded: bool, text: str) -> bytes:
    return unquote_to_bytes(text) if encoded else text.encode("utf-8")

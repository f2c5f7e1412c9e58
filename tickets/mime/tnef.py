"""winmail.dat: what Outlook packs instead of attachments (TNEF, [MS-OXTNEF]).

The library that reads it (tnefparse) can be kept busy for ever by a few changed bytes, so the parts that mails need are
read here: names, contents, texts. Every loop ends with the bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from tickets.mime.charsets import decode
from tickets.mime.limits import MAX_ATTACHMENTS
from tickets.mime.mail import ParsedAttachment

KINDS = ("application/ms-tnef", "application/vnd.ms-tnef")
SIGNATURE = b"\x78\x9f\x3e\x22"
HEADER_BYTES = 6
ATTRIBUTE = struct.Struct("<BHHI")
CHECKSUM_BYTES = 2
# Attributes of the file.
NEW_ATTACHMENT, TITLE, DATA, ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
BODY, MESSAGE_PROPERTIES, CODE_PAGE = 0x800C, 0x9003, 0x9007
# MAPI properties, and the types whose values have a length of their own.
FILE_DATA, SHORT_NAME, LONG_NAME, MIME_TYPE, CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
TEXT, HTML = 0x1000, 0x1013
OBJECT, STRING, UNICODE, BINARY = 0x0D, 0x1E, 0x1F, 0x102
LONG_TYPES = (OBJECT, STRING, UNICODE, BINARY)
MULTIPLE, NAMED = 0x1000, 0x8000
BYTES_OF = {0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
INTERFACE_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Unpacked:
    text: str
    html: str
    attachments: tuple[ParsedAttachment, ...]


@dataclass(slots=True)
class _File:
    title: str = ""
    content: bytes = b""
    properties: dict[int, bytes | str] = field(default_factory=dict)

    def attachment(self) -> ParsedAttachment:
        data = self.properties.get(FILE_DATA, b"")
        named = [str(self.properties.get(key, "")) for key in (LONG_NAME, SHORT_NAME)]
        return ParsedAttachment(
            name=next(filter(None, [named[0], self.title, named[1]]), "").strip("\x00 "),
            content_type=str(self.properties.get(MIME_TYPE, "")).strip("\x00 ").lower(),
            content=self.content or (data[INTERFACE_ID_BYTES:] if isinstance(data, bytes) else b""),
            content_id=str(self.properties.get(CONTENT_ID, "")).strip("\x00 <>"),
        )


class _Broken(Exception):
    """The bytes end before what they announce."""


def is_tnef(kind: str, name: str) -> bool:
    return kind in KINDS or name.lower() == "winmail.dat"


def unpack(content: bytes) -> Unpacked | None:
    """What is in it, as far as it can be read; nothing where it is none."""
    if not content.startswith(SIGNATURE):
        return None
    files: list[_File] = []
    message: dict[int, bytes | str] = {}
    body, charset = b"", ""
    for attribute, data in _attributes(content):
        if attribute == NEW_ATTACHMENT and len(files) < MAX_ATTACHMENTS:
            files.append(_File())
        elif attribute == CODE_PAGE and len(data) >= 4:
            charset = f"cp{int.from_bytes(data[:4], 'little')}"
        elif attribute == BODY:
            body = data
        elif attribute == MESSAGE_PROPERTIES:
            message = dict(_properties(data, charset))
        elif files and attribute == TITLE:
            files[-1].title = decode(data, charset)
        elif files and attribute == DATA:
            files[-1].content = data
        elif files and attribute == ATTACHMENT_PROPERTIES:
            files[-1].properties = dict(_properties(data, charset))
    text = decode(body, charset) or _text(message.get(TEXT, ""), charset)
    return Unpacked(text, _text(message.get(HTML, ""), charset), tuple(file.attachment() for file in files))


def _text(value: bytes | str, charset: str) -> str:
    return value if isinstance(value, str) else decode(value, charset)


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = HEADER_BYTES
    while position + ATTRIBUTE.size <= len(content):
        level, attribute, _kind, length = ATTRIBUTE.unpack_from(content, position)
        position += ATTRIBUTE.size
        if level not in (1, 2) or position + length > len(content):
            return
        yield attribute, content[position : position + length]
        position += length + CHECKSUM_BYTES


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        piece = self.data[self.position : self.position + count]
        if len(piece) < count:
            raise _Broken
        self.position += count
        return piece

    def number(self, count: int = 4) -> int:
        return int.from_bytes(self.take(count), "little")

    def padded(self) -> bytes:
        """A value after its length, filled up to four bytes."""
        length = self.number()
        value = self.take(length)
        self.position += -length % 4
        return value


def _properties(data: bytes, charset: str) -> Iterator[tuple[int, bytes | str]]:
    """The properties that have bytes or text; each step takes bytes, so their announced number does not matter."""
    reader = _Reader(data)
    try:
        for _ in range(reader.number()):
            kind, key = reader.number(2), reader.number(2)
            if key >= NAMED:
                _skip_name(reader)
            value = _value(reader, kind)
            if value is not None:
                yield key, _shaped(value, kind, charset)
    except _Broken:
        return


def _skip_name(reader: _Reader) -> None:
    reader.take(16)
    if reader.number():
        reader.padded()
    else:
        reader.take(4)


def _value(reader: _Reader, kind: int) -> bytes | None:
    """The first of its values; nothing for numbers and dates."""
    plain = kind & ~MULTIPLE
    count = reader.number() if kind & MULTIPLE or plain in LONG_TYPES else 1
    first: bytes | None = None
    for _ in range(count):
        if plain in LONG_TYPES:
            value = reader.padded()
            first = value if first is None else first
        else:
            reader.take(BYTES_OF.get(plain, 4))
    return first


def _shaped(value: bytes, kind: int, charset: str) -> bytes | str:
    plain = kind & ~MULTIPLE
    if plain == UNICODE:
        return value.decode("utf-16-le", errors="replace").replace("\x00", "")
    return decode(value, charset) if plain == STRING else value

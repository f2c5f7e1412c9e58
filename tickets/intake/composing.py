"""Mails that come as fields become a message as mail servers send it, so that there is one way in."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

BREAKS = re.compile(r"[\r\n\x00]+")
# What may stand in a header's parameter; other names are encoded.
PLAIN_NAME = re.compile(r"[A-Za-z0-9 ._()-]{1,60}")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


@dataclass(slots=True)
class Fields:
    """What is known of a mail. Addresses are header values such as `Name <address>`; further `headers` come last."""

    sender: str
    to: str = ""
    cc: str = ""
    reply_to: str = ""
    subject: str = ""
    date: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: str = ""
    text: str = ""
    html: str = ""
    files: Sequence[File] = ()
    headers: Sequence[tuple[str, str]] = field(default_factory=list)


def compose(fields: Fields) -> bytes:
    """RFC 5322 with headers in UTF-8 (RFC 6532); the same fields give the same bytes."""
    named = [
        ("From", fields.sender),
        ("To", fields.to),
        ("Cc", fields.cc),
        ("Reply-To", fields.reply_to),
        ("Subject", fields.subject),
        ("Date", fields.date),
        ("Message-ID", fields.message_id),
        ("In-Reply-To", fields.in_reply_to),
        ("References", fields.references),
        *fields.headers,
    ]
    lines = [f"{name}: {_one_line(value)}" for name, value in named if value]
    head = "\r\n".join([*lines, "MIME-Version: 1.0", ""]).encode("utf-8", "replace")
    return head + _body(fields)


def _body(fields: Fields) -> bytes:
    texts = [_text("plain", fields.text)] if fields.text or not fields.html else []
    if fields.html:
        texts.append(_text("html", fields.html))
    body = texts[0] if len(texts) == 1 else _multipart("alternative", texts)
    if not fields.files:
        return body
    return _multipart("mixed", [body, *map(_file, fields.files)])


def _text(kind: str, text: str) -> bytes:
    return _leaf([f"Content-Type: text/{kind}; charset=utf-8"], text.encode("utf-8", "replace"))


def _file(file: File) -> bytes:
    lines = [
        f"Content-Type: {_one_line(file.content_type) or 'application/octet-stream'}",
        f"Content-Disposition: {'inline' if file.inline else 'attachment'}; {_name(file.name)}",
    ]
    if file.content_id:
        lines.append(f"Content-ID: <{_one_line(file.content_id).strip('<>')}>")
    return _leaf(lines, file.content)


def _name(name: str) -> str:
    if PLAIN_NAME.fullmatch(name):
        return f'filename="{name}"'
    escaped = "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "replace")[:2_000])
    return f"filename*=utf-8''{escaped}"


def _leaf(lines: list[str], content: bytes) -> bytes:
    head = "\r\n".join([*lines, "Content-Transfer-Encoding: base64", "", ""]).encode("utf-8", "replace")
    return head + base64.encodebytes(content).replace(b"\n", b"\r\n")


def _multipart(kind: str, parts: list[bytes]) -> bytes:
    """Base64 has no line that could be the boundary."""
    boundary = "=_" + blake2b(b"".join(parts), digest_size=12, key=kind.encode()).hexdigest()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    mark = f"--{boundary}".encode()
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _one_line(value: str) -> str:
    return BREAKS.sub(" ", value).strip()

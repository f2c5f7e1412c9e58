"""The bytes of a leaf: transfer encodings, also broken ones, and files within texts (uuencode)."""

import binascii
import quopri
import re
from dataclasses import dataclass

from tickets.mime.defects import Defects
from tickets.mime.limits import MAX_ATTACHMENTS, MAX_DECODED
from tickets.mime.tree import Part
from tickets.mime.words import from_base64

NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
BLANKS = b"\r\n \t\x00"
# What is no base64 may be so much of it; above that it is a text whose encoding is declared wrongly.
STRAY = 0.05
UU_BEGIN = re.compile(r"begin [0-7]{3,4} (\S.*)")
UU_NAMES = ("x-uuencode", "uuencode", "x-uue", "uue")


class Decoder:
    """Decodes leaves until the mail's budget of bytes is spent."""

    def __init__(self, defects: Defects) -> None:
        self.defects = defects
        self.left = MAX_DECODED

    def content(self, part: Part) -> bytes:
        data = self._decoded(part)
        if len(data) > self.left:
            self.defects.add("decoded_cut")
            data = data[: self.left]
        self.left -= len(data)
        return data

    def _decoded(self, part: Part) -> bytes:
        encoding = part.transfer_encoding
        if encoding == "base64":
            return self._base64(part.body)
        if encoding == "quoted-printable":
            return quopri.decodestring(part.body)
        if encoding in UU_NAMES:
            _, files = cut_uuencoded(part.body.decode("latin-1"))
            return files[0].content if files else part.body
        if encoding not in ("", "7bit", "8bit", "binary", "7-bit", "8-bit"):
            self.defects.add("unknown_encoding")
        return part.body

    def _base64(self, body: bytes) -> bytes:
        stray = body.translate(None, BLANKS).translate(None, NO_BASE64)
        letters = body.translate(None, NO_BASE64)
        if len(letters) < len(body.translate(None, BLANKS)) * (1 - STRAY) or (b" " in body.strip() and not stray):
            self.defects.add("no_base64")
            if b"=" not in letters[:-2] and not _looks_encoded(body):
                return body
        first, *more = [piece for piece in letters.split(b"=") if piece] or [b""]
        if more or len(first) % 4 == 1:
            self.defects.add("odd_base64")
        # Some programs pad each line; what follows the end otherwise are words that a list's server has added.
        padded = more if letters.endswith(b"=") else more[:-1]
        return b"".join(map(from_base64, [first, *padded]))


def _looks_encoded(body: bytes) -> bool:
    """Whether the first line is base64: what follows may be what a mailing list has added."""
    first = body.lstrip().split(b"\n", 1)[0].strip()
    return len(first) >= 4 and not first.translate(None, bytes(set(range(256)) - set(NO_BASE64))) and b" " not in first


@dataclass(frozen=True, slots=True)
class UuFile:
    name: str
    content: bytes


def cut_uuencoded(text: str) -> tuple[str, list[UuFile]]:
    """The text without its uuencoded files, and the files. A block that is no uuencode stays in the text."""
    if "begin " not in text:
        return text, []
    files: list[UuFile] = []
    kept: list[str] = []
    block: list[str] = []
    data: list[bytes] = []
    for line in text.split("\n"):
        if not block:
            (block if UU_BEGIN.fullmatch(line.strip()) and len(files) < MAX_ATTACHMENTS else kept).append(line)
            continue
        block.append(line)
        if line.strip() == "end" and data:
            files.append(UuFile(block[0].strip().split(" ", 2)[2].strip(), b"".join(data)))
            block, data = [], []
        elif (piece := _uu_line(line)) is None:
            kept += block
            block, data = [], []
        else:
            data.append(piece)
    return "\n".join(kept + block), files


def _uu_line(line: str) -> bytes | None:
    if line.strip() in ("", "`"):
        return b""
    if line.startswith("end"):
        return None
    try:
        return binascii.a2b_uu(line.rstrip("\r"))
    except (binascii.Error, ValueError):
        return _uu_short(line)


def _uu_short(line: str) -> bytes | None:
    """A line whose end some programs pad wrongly: as many letters as its first one says."""
    count = ((ord(line[0]) - 32) & 63) * 4 + 5
    try:
        return binascii.a2b_uu(line[: count // 3])
    except (binascii.Error, ValueError):
        return None

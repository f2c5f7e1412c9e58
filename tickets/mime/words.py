"""Header values: encoded words (RFC 2047) as mail programs really write them, and raw bytes."""

import base64
import binascii
import re
from dataclasses import dataclass

from tickets.mime.charsets import decode

# The text of a word may hold stray question marks, so it ends at "?=" after at most a few of them: no long way back.
WORD = re.compile(rb"=\?([^?\s=]{1,60})\?\s*([bBqQ])\s*\?((?:[^?]*(?:\?(?!=)[^?]*){0,8}))\?=")
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(slots=True)
class _Word:
    charset: str
    encoding: bytes
    data: bytes


def decode_words(value: bytes) -> str:
    """The text of a header value on one line. Characters that were cut in two between words are whole again."""
    out: list[str] = []
    words: list[_Word] = []
    position = 0
    for found in WORD.finditer(value):
        between = value[position : found.start()]
        if between.strip() or not words:
            out += [_flushed(words), decode(between)]
            words = []
        words.append(_word(found))
        position = found.end()
    out += [_flushed(words), decode(value[position:])]
    return CONTROLS.sub(" ", "".join(out))


def _word(found: re.Match[bytes]) -> _Word:
    # RFC 2231 adds a language: `=?utf-8*ru?...`.
    charset = found[1].partition(b"*")[0].decode("ascii", "replace").lower()
    return _Word(charset, found[2].upper(), found[3])


def _flushed(words: list[_Word]) -> str:
    """Neighbours of one charset are decoded together."""
    out: list[str] = []
    run: list[_Word] = []
    for word in words:
        if run and run[-1].charset != word.charset:
            out.append(_decoded(run))
            run = []
        run.append(word)
    return "".join([*out, _decoded(run)])


def _decoded(run: list[_Word]) -> str:
    if not run:
        return ""
    data = bytearray()
    carried = b""
    for word in run:
        if word.encoding == b"Q":
            data += from_base64(carried) + binascii.a2b_qp(word.data, header=True)
            carried = b""
            continue
        # A word that ends within a group of four goes on in the next one.
        letters = carried + NOT_BASE64.sub(b"", word.data)
        whole = len(letters) if b"=" in word.data else len(letters) // 4 * 4
        data += from_base64(letters[:whole])
        carried = letters[whole:]
    data += from_base64(carried)
    return decode(bytes(data), run[0].charset)


def from_base64(letters: bytes) -> bytes:
    """Base64 letters without padding; a last letter that stands for six bits alone is dropped."""
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))

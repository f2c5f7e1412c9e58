"""Bytes of a mail as text: what is declared is often missing, misspelt or wrong."""

import codecs
import re

from knowledge.readers import encoding

# Names that mail programs use and Python does not know, and old names for what is meant by them today.
ALIASES = {
    "ansi": "cp1252",
    "big5-hkscs": "big5hkscs",
    "cp-1251": "cp1251",
    "cp-866": "cp866",
    "dos-866": "cp866",
    "euc-cn": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    # As in HTML: Latin-1 is what people say, Windows-1252 is what they write.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi-8": "koi8-r",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "tis-620": "cp874",
    "win": "cp1251",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "windows1251": "cp1251",
    "windows-cp1251": "cp1251",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-cp866": "cp866",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-user-defined": "",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
}
# Their bytes are all ASCII, so that nothing but the declaration tells what they are.
SEVEN_BIT = ("iso2022", "utf-7", "hz")
MULTIBYTE = frozenset(
    "gb18030 cp949 cp932 big5 big5hkscs euc_jp johab shift_jisx0213 euc_jisx0213 shift_jis_2004".split()
)
# Declared by programs that do not know better; then the letters decide.
CONFUSABLE = frozenset({"cp1251", "koi8-r", "koi8-u", "cp866", "cp1252", "iso8859-5", "mac-cyrillic"})
# How much more like words, a character, another encoding must read before it is taken in place of the declared one.
MARGIN = 1.5
SURROGATES = re.compile("[\ud800-\udfff]")
ESCAPES = re.compile(rb"\x1b[$(]|~\{|\+[A-Za-z0-9/]+-")


def decode(data: bytes, declared: str = "") -> str:
    """The text, without zero characters; bytes that cannot be read become U+FFFD."""
    text, _ = decode_checked(data, declared)
    return text


def decode_checked(data: bytes, declared: str = "") -> tuple[str, bool]:
    """The text, and whether it is what was declared and whole."""
    if data.isascii() and not ESCAPES.search(data) and b"\x00" not in data:
        return data.decode("ascii"), True
    codec = codec_of(data, declared)
    text = data.decode(codec, errors="replace").removeprefix("\ufeff").replace("\x00", "")
    if codec in ("utf-7", "utf-16", "utf-32"):
        text = SURROGATES.sub("\ufffd", text)
    return text, "\ufffd" not in text and _same(codec, declared)


def codec_of(data: bytes, declared: str) -> str:
    """The codec that reads the bytes best, given what is declared."""
    codec = _known(declared)
    if codec.startswith(SEVEN_BIT) and data.isascii():
        return codec
    if codec in MULTIBYTE and _reads(data, codec):
        return codec
    found = encoding.encoding_of(data, declared=codec)
    if found not in CONFUSABLE or found != codec or _reads_well(data, codec):
        return found
    return encoding.single_byte(data)


def _known(declared: str) -> str:
    name = declared.strip().strip("\"'").lower()
    name = ALIASES.get(name, name)
    try:
        return codecs.lookup(name).name if name and name.isascii() and name.isprintable() else ""
    except (LookupError, ValueError):
        return ""


def _reads(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _reads_well(data: bytes, codec: str) -> bool:
    """Whether no other encoding makes much better words of it."""
    other = encoding.single_byte(data)
    if other == codec:
        return True
    gain = encoding.likeness(data, other) - encoding.likeness(data, codec)
    return gain < MARGIN


def _same(codec: str, declared: str) -> bool:
    return not declared or _known(declared) in (codec, codec.removesuffix("-sig")) or codec == "cp1252"

"""Finding the encoding of a text: Unicode by its form, the Russian single-byte ones by how Russian the letters read."""

import codecs
import re
import unicodedata
from itertools import pairwise

CHUNK = 1 << 20
SAMPLE = 20_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SINGLE_BYTE = ("cp1251", "koi8-r", "cp866", "cp1252")
# UTF-8 with at most one invalid byte among so many that are not ASCII is taken as damaged UTF-8.
DAMAGE = 20
LETTERS = " абвгдежзийклмнопрстуфхцчшщъыьэюя"
# How often the letter of the column follows that of the row in Russian words (log2; 4 is chance); the blank is an edge.
CHANCE = 4.0
TABLE = (
    "044525315405245664644212410000301"
    "603524435044546044462012332000033"
    "360000600304504606305030005460031"
    "570300600604523613423030000053002"
    "341005300600520806005000000000000"
    "460200740503445615304000000041003"
    "702235323044546006560000221000000"
    "162006700602047000104000000001000"
    "581505410302055603004000000052003"
    "613304514354455323660334330000034"
    "800005000002402000560000400000000"
    "570200500601502705455001000000000"
    "450000640601302600104000200027055"
    "750300700600033630004000000030004"
    "560012500702005700244000100062003"
    "605645333245544344560010320000002"
    "250000500503102717014000000032002"
    "470500630502033710135000010052003"
    "450301600405533642373030200034005"
    "660500600504013635503000100046000"
    "704155454045153043550010513000050"
    "070000500700200707004000000000000"
    "800200300200112706104000000000100"
    "560300700703000000005000000050000"
    "470000800702005300052000010002000"
    "560000700705505200002000000002000"
    "060000800700003000004000000003000"
    "111111911111111111111111111111111"
    "805502603064440021150050120000000"
    "800010005104025000450000040000030"
    "000020000002700002290000020000000"
    "704005000000203000070000705000000"
    "802303505000144000050013002000042"
)
FREQUENCIES = tuple(map(int, TABLE))
# What the pairs of other kinds of characters weigh; kinds are those of `_kind`.
ODDITIES = {"aa": -2.0, "al": 2.0, "la": 2.0, "cl": -3.0, "lc": -3.0, "ca": -3.0, "ac": -3.0, "cd": -1.0, "dc": -1.0}


def decode(data: bytes, *, declared: str = "") -> tuple[str, bool]:
    """The text, and whether every byte of it was understood."""
    encoding = encoding_of(data, declared=declared)
    text = data.decode(encoding, errors="replace")
    return text.removeprefix("\ufeff"), "\ufffd" not in text


def encoding_of(data: bytes, *, declared: str = "") -> str:
    """The name of the codec; what the bytes prove counts for more than what is declared."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return encoding
    if wide := _wide(data[:SAMPLE]):
        return wide
    if _is_utf8(data):
        return "utf-8"
    return known(declared) or single_byte(data)


def known(name: str) -> str:
    """The codec of a declared encoding, or nothing: UTF-8 has been looked for already, other codecs are no texts."""
    name = name.strip().lower()
    try:
        codec = codecs.lookup(name).name if name.isascii() and name.isprintable() else ""
    except (LookupError, ValueError):
        return ""
    if codec.startswith("utf") or codec == "ascii" or not _is_text_codec(codec):
        return ""
    # As in HTML: Latin-1 is what people say, Windows-1252 is what they write.
    return "cp1252" if codec == "iso8859-1" else codec


def _is_text_codec(codec: str) -> bool:
    try:
        return bool(codec) and b"a".decode(codec) == "a"
    except (LookupError, UnicodeError):
        return False


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin is a zero, and the high bytes of Cyrillic are all 4."""
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    for encoding, start in (("utf-16-le", 1), ("utf-16-be", 0)):
        high, low = head[start : pairs * 2 : 2], head[1 - start : pairs * 2 : 2]
        plain = sum(high.count(byte) for byte in (0, 4))
        if plain >= pairs * 0.7 and plain > 2 * (low.count(0) + low.count(4)):
            return encoding
    return ""


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), CHUNK):
            decoder.decode(data[start : start + CHUNK])
    except UnicodeDecodeError:
        return _is_damaged_utf8(data)
    # A character cut off at the end is damage when many others are whole; in a few words it means another encoding.
    rest = decoder.getstate()[0]
    return not rest or _high_bytes(data[-SAMPLE : -len(rest)]) >= DAMAGE


def _is_damaged_utf8(data: bytes) -> bool:
    start = _first_high_byte(data)
    sample = data[start : start + 50 * SAMPLE]
    lost = sample.decode("utf-8", errors="replace").count("\ufffd")
    return lost * DAMAGE < _high_bytes(sample)


def _high_bytes(data: bytes) -> int:
    return len(data) - len(data.translate(None, bytes(range(128, 256))))


def _first_high_byte(data: bytes) -> int:
    found = re.search(rb"[\x80-\xff]", data)
    return found.start() if found else 0


def single_byte(data: bytes) -> str:
    """The single-byte encoding in which the letters read most like words."""
    words = _words(data)
    return max(SINGLE_BYTE, key=lambda encoding: _score(words.decode(encoding, errors="replace")))


def likeness(data: bytes, encoding: str) -> float:
    """How much like words the text reads in a single-byte encoding, a letter that is not ASCII; words are above 0."""
    words = _words(data)
    return _score(words.decode(encoding, errors="replace")) / max(1, _high_bytes(words))


def _words(data: bytes) -> bytes:
    """Those that are not all ASCII."""
    return b" ".join(re.findall(rb"[^\s\x00-\x2f]*[\x80-\xff][^\s\x00-\x2f]*", _sample(data)))


def _sample(data: bytes) -> bytes:
    start = max(0, _first_high_byte(data) - 100)
    return data[start : start + SAMPLE]


def _score(text: str) -> float:
    return sum(_pair_score(first, second) for first, second in pairwise(f" {text} "))


def _pair_score(first: str, second: str) -> float:
    """How likely the second character is after the first in Russian, or in a Latin script with accents."""
    kinds = _kind(first) + _kind(second)
    if "?" in kinds:
        return -6.0
    if kinds in {"cc", "sc", "cs"}:
        return FREQUENCIES[_letter(first) * len(LETTERS) + _letter(second)] - _oddness(first, second)
    return ODDITIES.get(kinds, 0.0)


def _letter(character: str) -> int:
    """The row of a letter; anything else is the edge of a word."""
    return max(0, LETTERS.find(character.lower().replace("ё", "е")))


def _oddness(first: str, second: str) -> float:
    """Capitals inside words are odd, words of capitals rare: KOI8-R and Windows-1251 differ in the case above all."""
    if not second.isupper() or not first.isalpha():
        return CHANCE
    return CHANCE + (6.0 if first.islower() else 1.0)


def _kind(character: str) -> str:
    """c: Cyrillic, l: Latin, a: accented Latin, d: digit, s: a sign that texts have, ?: one that they hardly have."""
    if character.isascii():
        return "l" if character.isalpha() else "d" if character.isdigit() else "s"
    if "а" <= character.lower() <= "ё":
        return "c"
    if character in "«»„“”‘’—–…№°•\xa0§€©®™×£":
        return "s"
    is_latin = character.isalpha() and unicodedata.name(character, "").startswith("LATIN")
    return "a" if is_latin else "?"

"""Address lists as programs write them: names with commas, comments, groups, encoded words, no brackets at all."""

import re

from tickets.mime.charsets import decode
from tickets.mime.limits import MAX_ADDRESSES
from tickets.mime.mail import Address
from tickets.mime.words import decode_words

PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[(),;:]|[^"<(),;:]+|.', re.DOTALL)
# Encoded words are one piece, whatever stands in them.
ENCODED = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=")
EMAIL = re.compile(r"[^\s<>()\[\]\\,;:\"]{1,256}@[^\s<>()\[\]\\,;:\"]{1,255}")
LONGEST_DOMAIN = 253


def addresses(value: bytes) -> tuple[Address, ...]:
    """Every address of a header value; entries without an address are left out unless they have a name."""
    found: list[Address] = []
    for entry in _entries(decode(value)):
        address = _address(entry)
        if address is not None:
            found.append(address)
        if len(found) >= MAX_ADDRESSES:
            break
    return tuple(found)


def clean_email(text: str) -> str:
    """Without blanks and brackets; the domain in lower case and ASCII; "" when it is no address."""
    local, at, domain = "".join(text.split()).strip("<>").rpartition("@")
    if not at or not local or not domain:
        return ""
    return f"{local}@{_domain(domain.rstrip('.'))}"


def _domain(domain: str) -> str:
    domain = domain.lower()
    if domain.isascii() or len(domain) > LONGEST_DOMAIN:
        return domain
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


def _entries(text: str) -> list[list[str]]:
    """The pieces of each address: split at commas and semicolons, without names of groups and with comments whole."""
    entries: list[list[str]] = [[]]
    depth = 0
    for piece in _pieces(text):
        if piece == "(" or (depth and piece == ")"):
            depth += 1 if piece == "(" else -1
            entries[-1].append(piece)
        elif depth or piece not in (",", ";", ":"):
            entries[-1].append(piece)
        elif piece == ":":
            # The name of a group ends here, or an odd `mailto:`.
            entries[-1] = []
        elif entries[-1]:
            entries.append([])
    return entries


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    position = 0
    for word in ENCODED.finditer(text):
        pieces += PIECE.findall(text[position : word.start()])
        pieces.append(word[0])
        position = word.end()
    return pieces + PIECE.findall(text[position:])


def _address(entry: list[str]) -> Address | None:
    names, comments, email = _sorted(entry)
    name = decode_words("".join(names).encode("utf-8")).strip()
    if not email and (found := EMAIL.search(name)):
        email, name = clean_email(found[0]), (name[: found.start()] + name[found.end() :]).strip(" <>\"'")
    if not name:
        name = decode_words("".join(comments).encode("utf-8")).strip()
    name = " ".join(name.split()).strip("\"'").strip()
    return Address(name, email) if name or email else None


def _sorted(entry: list[str]) -> tuple[list[str], list[str], str]:
    """The pieces of the name, of comments, and the address: in angle brackets, or with a quoted local part."""
    names: list[str] = []
    comments: list[str] = []
    email = ""
    depth, quoted = 0, ""
    for piece in entry:
        if piece in "()":
            depth = max(0, depth + (1 if piece == "(" else -1))
        elif depth:
            comments.append(piece)
        elif piece.startswith("<"):
            email = email or clean_email(decode_words(piece.strip("<>").encode("utf-8")))
        elif piece.startswith('"'):
            names.append(re.sub(r"\\(.)", r"\1", piece[1:].removesuffix('"'), flags=re.DOTALL))
            quoted = piece
            continue
        elif quoted and piece.startswith("@"):
            names.pop()
            email = email or clean_email(quoted + piece)
        else:
            names.append(piece)
        quoted = ""
    return names, comments, email

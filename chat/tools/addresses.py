"""Web addresses that a person has written himself. No other is ever opened."""

import re
from collections.abc import Iterable

from knowledge.web.locations import plain

# Without a scheme only what begins with www. or goes on with a path: "README.md" is no address.
WRITTEN = re.compile(
    r"https?://(?:(?!\]\()[^\s<>\"'`«»“”])+|(?<![\w@./:-])(?:www\.(?:[\w-]+\.)*[\w-]+|(?:[\w-]+\.)+[^\W\d_]{2,}(?=[:/]))"
    r"(?::\d{1,5})?(?:/[^\s<>\"'`«»“”]*)?",
    re.IGNORECASE,
)
SCHEME = re.compile(r"https?://", re.IGNORECASE)
TRAILING = frozenset(".,;:!?…*_)]}|")
MOST = 20


def written_addresses(texts: Iterable[str]) -> dict[str, str]:
    """Addresses as they are asked for, by what tells them apart; https where the person wrote no scheme."""
    found: dict[str, str] = {}
    for text in texts:
        for match in WRITTEN.finditer(text):
            address = plain(_whole(match[0]))
            if address and len(found) < MOST:
                found.setdefault(_key(address), address)
    return found


def chosen_address(value: str, said: Iterable[str]) -> str:
    """The address that `value` names, as the person wrote it; empty when he did not."""
    known = written_addresses(said)
    named = [*written_addresses([value]), _key(plain(_whole(value)))]
    return next((known[key] for key in named if key in known), "")


def _whole(text: str) -> str:
    """The address without what a sentence or Markdown has put behind it."""
    address = text.strip()
    while address and address[-1] in TRAILING:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address if SCHEME.match(address) else f"https://{address}"


def _key(address: str) -> str:
    """The same for http and https, with and without a final slash."""
    return SCHEME.sub("", address).rstrip("/")

"""Who has a ticket open, and who is typing: told by their pages again and again, forgotten soon after they stop.

One value of the cache for each ticket, `{connection: entry}`. Two processes that write at the same moment can lose an
entry; it is read back and written again, and the next sign of life brings it back in any case.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from django.core.cache import cache

from accounts.models import User

VIEWING_SECONDS = 45.0
TYPING_SECONDS = 6.0
TRIES = 3


class Present(TypedDict):
    name: str
    initials: str
    typing: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    user: int
    name: str
    viewing_until: float
    typing_until: float


def note(ticket_id: int, connection: str, user: User, *, typing: bool) -> None:
    """A sign of life of `user`'s page."""
    now = time.time()
    until = now + TYPING_SECONDS if typing else 0.0
    mine = asdict(_Entry(user.pk, user.display_name, now + VIEWING_SECONDS, until))
    for _ in range(TRIES):
        _write(ticket_id, {**_read(ticket_id, now), connection: mine})
        if connection in _read(ticket_id, now):
            return


def leave(ticket_id: int, connection: str) -> bool:
    """Whether the page was known to be open."""
    known = _read(ticket_id, time.time())
    if known.pop(connection, None) is None:
        return False
    _write(ticket_id, known)
    return True


def people(ticket_id: int, *, besides: int | None = None) -> list[Present]:
    """Each person once, by name; without the one who asks, `besides`."""
    return present_on([ticket_id], besides=besides)[ticket_id]


def present_on(ticket_ids: list[int], *, besides: int | None = None) -> dict[int, list[Present]]:
    """As `people`, for the tickets of a list, in one question to the cache."""
    known, now = cache.get_many([_key(ticket_id) for ticket_id in ticket_ids]), time.time()
    return {ticket_id: _shown(_alive(known.get(_key(ticket_id)), now), besides) for ticket_id in ticket_ids}


def _shown(entries: dict[str, Any], without: int | None) -> list[Present]:
    now = time.time()
    found: dict[int, Present] = {}
    for entry in entries.values():
        if entry["user"] == without:
            continue
        typing = entry["typing_until"] > now or (entry["user"] in found and found[entry["user"]]["typing"])
        found[entry["user"]] = Present(name=entry["name"], initials=initials(entry["name"]), typing=typing)
    return sorted(found.values(), key=lambda present: present["name"])


def initials(name: str) -> str:
    """`AK` of Anna Kuznetsova, `AN` of anna."""
    words = name.replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in words[:2]).upper() if len(words) > 1 else name[:2].upper()


def _key(ticket_id: int) -> str:
    return f"desk-presence:{ticket_id}"


def _read(ticket_id: int, now: float) -> dict[str, Any]:
    return _alive(cache.get(_key(ticket_id)), now)


def _alive(entries: dict[str, Any] | None, now: float) -> dict[str, Any]:
    return {key: entry for key, entry in (entries or {}).items() if entry["viewing_until"] > now}


def _write(ticket_id: int, entries: dict[str, Any]) -> None:
    cache.set(_key(ticket_id), entries, timeout=VIEWING_SECONDS * 2)

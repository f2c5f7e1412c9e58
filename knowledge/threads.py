"""What conversations and tickets are called where documents were cited. Apps register theirs, as with scopes."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation or ticket as staff know it; without `url` there is no page of it for this reader."""

    title: str
    url: str = ""


# Gets a member of staff and ids, gives the threads that still exist.
Finder = Callable[[Any, Iterable[str]], Mapping[str, Thread]]
_finders: dict[str, Finder] = {}


def register(kind: str, find: Finder) -> None:
    _finders[kind] = find


def threads(names: Iterable[str], *, reader: Any) -> dict[str, Thread]:
    """The threads that `names` (`kind:id`) mean, as far as they are known; a few queries for each kind."""
    ids: dict[str, list[str]] = defaultdict(list)
    for name in set(names):
        kind, _, key = name.partition(":")
        ids[kind].append(key)
    found: dict[str, Thread] = {}
    for kind, keys in ids.items():
        if kind in _finders:
            found |= {f"{kind}:{key}": thread for key, thread in _finders[kind](reader, keys).items()}
    return found

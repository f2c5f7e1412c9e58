"""Who asks. A restricted document is found only in the scopes that it names (see Audience).

A scope is `kind` or `kind:id`. A document for `widget` is found by every widget, one for `widget:<id>` by that
one. Apps register their kinds, so that staff can choose among them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

# Asks for nobody in particular: unrestricted documents alone.
EVERYBODY = ""
# Staff at work: all published documents.
STAFF = "*"
# A document for the assistant may be opened by everybody who is logged in.
SIGNED_IN = "assistant"

Instances = Callable[[], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of scope; `instances` gives the ids and names of those that exist."""

    key: str
    title: str | Promise
    instances: Instances = tuple


_kinds: dict[str, Kind] = {}


def register(key: str, title: str | Promise, instances: Instances = tuple) -> None:
    _kinds[key] = Kind(key, title, instances)


def kinds() -> list[Kind]:
    return list(_kinds.values())


def choices() -> list[tuple[str, str]]:
    """All scopes that can be chosen now, with their titles."""
    found = []
    for kind in _kinds.values():
        found.append((kind.key, str(kind.title)))
        found += [(f"{kind.key}:{key}", f"{kind.title}: {name}") for key, name in kind.instances()]
    return found


def titles(scopes: Iterable[str]) -> list[str]:
    known = dict(choices())
    return [known.get(scope, scope) for scope in scopes]


def names_seen_by(scope: str) -> list[str]:
    """What an audience may say so that `scope` sees the document."""
    kind = scope.partition(":")[0]
    return [scope] if kind == scope else [kind, scope]

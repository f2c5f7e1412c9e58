"""Finding a field in the data: `message.items.price`, `message.items.0.price`."""

from collections.abc import Mapping, Sequence
from typing import Any


def find(data: Any, path: str) -> Any:
    """The value at the dotted path; None when there is none.

    Only keys of mappings and indexes of lists are followed, never attributes. A name that meets a list is looked for in
    each of its objects: the answer is the list of what was found, flat, or None when nothing was.
    """
    return _walk(data, path.split("."))


def _walk(value: Any, names: Sequence[str]) -> Any:
    for position, name in enumerate(names):
        if isinstance(value, list | tuple):
            if name.isascii() and name.isdecimal():
                value = value[int(name)] if len(name) < 10 and int(name) < len(value) else None
                continue
            return _fan_out(value, names[position:])
        value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            return None
    return value


def _fan_out(values: Sequence[Any], names: Sequence[str]) -> list[Any] | None:
    found: list[Any] = []
    for value in values:
        if not isinstance(value, Mapping):
            continue
        inner = _walk(value, names)
        if isinstance(inner, list | tuple):
            found.extend(inner)
        elif inner is not None:
            found.append(inner)
    return found or None

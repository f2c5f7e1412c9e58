"""Validation errors as flat items: `{"type", "loc": ["body", field, ...], "msg", "input"}`."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

# An input is shown to help the caller, not to repeat the request.
INPUT_MAX_LENGTH = 200
SECRET_NAME = re.compile(r"pass|secret|token|key|credential|authorization|cookie|payload", re.IGNORECASE)
TYPES = {"required": "missing"}


class ValidationItem(TypedDict):
    type: str
    loc: list[str | int]
    msg: str
    input: Any


def validation_items(detail: Any, *, location: str, data: Any) -> list[ValidationItem]:
    """Flattens REST framework's nested error detail; secret-looking and long inputs are left out."""
    return [
        ValidationItem(
            type=TYPES.get(error.code, error.code), loc=[location, *path], msg=str(error), input=_input(data, path)
        )
        for path, error in _leaves(detail, ())
    ]


def first_message(items: list[ValidationItem]) -> str:
    """`<field>: <message>` of the first item; the message alone when it is about the whole body."""
    if not items:
        return "Invalid request."
    field = ".".join(str(part) for part in items[0]["loc"][1:])
    return f"{field}: {items[0]['msg']}" if field else items[0]["msg"]


def _leaves(detail: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(detail, dict):
        for name, value in detail.items():
            yield from _leaves(value, path if name == "non_field_errors" else (*path, name))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _leaves(value, (*path, index) if nested else path)
    else:
        yield path, detail


def _input(data: Any, path: tuple[str | int, ...]) -> Any:
    if any(SECRET_NAME.search(str(part)) for part in path):
        return None
    for part in path:
        data = _member(data, part)
    if isinstance(data, str):
        # Lone surrogates can be read from JSON and not be written again.
        return data[:INPUT_MAX_LENGTH].encode(errors="replace").decode()
    return data if isinstance(data, bool | int) or (isinstance(data, float) and math.isfinite(data)) else None


def _member(data: Any, part: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None

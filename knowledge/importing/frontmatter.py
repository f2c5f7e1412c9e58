"""The fields before a Markdown text, between two lines of `---`: `name: value`, where a value may be JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from knowledge.importing.errors import BadEntry
from knowledge.models.documents import LANGUAGES

BLOCK = re.compile(r"---[ \t]*\n(?P<fields>(?:[^\n]*\n){0,60}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
ITEM = re.compile(r"[ \t]+-[ \t]+(?P<value>[^\n]*)")
FIELD = re.compile(r"(?P<name>[\w-]+)[ \t]*:(?P<value>[^\n]*)")
LISTS = {"tags", "scopes"}
YES, NO = {"true", "yes", "1"}, {"false", "no", "0"}

Fields = dict[str, Any]


def parted(text: str) -> tuple[Fields, str]:
    """The fields and the text behind them; no fields when it begins otherwise."""
    match = BLOCK.match(text)
    if match is None:
        return {}, text
    return _fields(match["fields"]), text[match.end() :]


def _fields(block: str) -> Fields:
    found: Fields = {}
    name = ""
    for line in block.split("\n"):
        if (item := ITEM.fullmatch(line)) and name in LISTS:
            found[name] = [*_words(found[name]), str(_value(item["value"]))]
        elif field := FIELD.fullmatch(line):
            name = field["name"].lower()
            found[name] = _value(field["value"])
    return found


def _value(text: str) -> Any:
    text = text.strip()
    if text[:1] in {'"', "["}:
        try:
            return json.loads(text)
        except ValueError:
            return [part.strip().strip("\"'") for part in text.strip("[]").split(",")] if text[0] == "[" else text
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _words(value: Any) -> list[str]:
    values = value if isinstance(value, list) else str(value).split(",")
    return [str(word).strip() for word in values if str(word).strip()]


def checked(fields: Fields) -> Fields:
    """The fields that mean something here, with values that a document can have. Raises BadEntry naming the field."""
    found: Fields = {name: _words(fields[name]) for name in LISTS if name in fields}
    if title := str(fields.get("title") or "").strip():
        found["title"] = title
    for name, check in CHECKS.items():
        if (value := str(fields.get(name, "")).strip()) != "":
            found[name] = check(name, value)
    return found


def _slug(name: str, value: str) -> str:
    try:
        validate_slug(value)
    except ValidationError as error:
        raise BadEntry(f"{name}: {value!r} is no slug; Latin letters, digits, - and _ are allowed") from error
    return value[:150]


def _language(name: str, value: str) -> str:
    language = value.lower()[:2]
    if language not in dict(LANGUAGES):
        raise BadEntry(f"{name}: {value!r} is not one of {', '.join(dict(LANGUAGES))}")
    return language


def _position(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal()) or int(value) > 32_767:
        raise BadEntry(f"{name}: a whole number up to 32767 is wanted, not {value!r}")
    return int(value)


def _yes(name: str, value: str) -> bool:
    if value.lower() not in YES | NO:
        raise BadEntry(f"{name}: yes or no is wanted, not {value!r}")
    return value.lower() in YES


CHECKS = {"slug": _slug, "language": _language, "position": _position, "published": _yes}


def written(fields: Mapping[str, Any], text: str) -> str:
    """`text` with fields before it, as `parted` reads them."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", text])

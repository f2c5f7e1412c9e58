"""Prompts with variables: `{name}` stands for a value, `{{` and `}}` for a brace. Nothing else is understood."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]*)\}|[{}]")

Kind = Literal["text", "variable", "stray"]


class Piece(NamedTuple):
    """`text` is what is written, the name of a variable, or a brace that belongs to nothing; `line` counts from 1."""

    kind: Kind
    text: str
    line: int = 1


@lru_cache(maxsize=256)
def pieces(text: str) -> tuple[Piece, ...]:
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[Piece]:
    done = 0
    for found in TOKEN.finditer(text):
        if found.start() > done:
            yield Piece("text", text[done : found.start()])
        done = found.end()
        if name := found["name"]:
            yield Piece("variable", name, _line(text, found.start()))
        elif len(found[0]) == 2:
            yield Piece("text", found[0][0])
        else:
            yield Piece("stray", found[0], _line(text, found.start()))
    if done < len(text):
        yield Piece("text", text[done:])


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced; values are not looked into. Raises KeyError for a variable without one."""
    return "".join(values[piece.text] if piece.kind == "variable" else piece.text for piece in pieces(text))

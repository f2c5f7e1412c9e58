"""Long texts in parts that Telegram takes: cut between paragraphs, lines or words, never inside an entity.

Telegram counts UTF-16 units of what is left when the markup is taken out.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT = 4096
HTML = "HTML"
MARKDOWN = frozenset({"Markdown", "MarkdownV2"})
PARSE_MODES = frozenset({"", HTML, *MARKDOWN})

_HTML_ATOMS = re.compile(r"<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)[^<>]*>|&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);|.", re.DOTALL)
# Longest first. An escaped character is one atom, so that it opens nothing.
_MARKDOWN_ATOMS = re.compile(r"\\.|```|\|\||__|[*_~`\[\]()]|.", re.DOTALL)
_TOGGLES = frozenset({"```", "`", "||", "__", "*", "_", "~"})
_CODE = frozenset({"```", "`"})


class Unsplittable(ValueError):
    """The text is too long, and an entity that reaches too far cannot be cut."""


@dataclass(frozen=True, slots=True)
class Atom:
    """What must not be torn apart: a character, an entity, a tag. `size` in UTF-16 units as Telegram counts.

    `inside`: within Markdown that would be torn by a cut behind it.
    """

    raw: str
    size: int
    opens: str = ""
    closes: str = ""
    inside: bool = False


def split(text: str, parse_mode: str = "", *, limit: int = LIMIT) -> list[str]:
    """The parts of `text`, none of them empty; raises Unsplittable."""
    atoms = list(_atoms(text, parse_mode))
    parts: list[str] = []
    open_tags: list[Atom] = []
    while atoms:
        end = _cut(atoms, limit)
        piece = [*open_tags, *atoms[:end]]
        open_tags, atoms = _still_open(piece), atoms[end:]
        closing = "".join(f"</{tag.opens}>" for tag in reversed(open_tags))
        part = ("".join(atom.raw for atom in piece).rstrip() + closing).strip()
        if any(atom.size and not atom.raw.isspace() for atom in piece):
            parts.append(part)
    return parts


def visible_length(text: str, parse_mode: str = "") -> int:
    return sum(atom.size for atom in _atoms(text, parse_mode))


def units(text: str) -> int:
    """UTF-16 units: two for what lies beyond the basic plane, such as most emoji."""
    return len(text) + sum(character > "\uffff" for character in text)


def _atoms(text: str, parse_mode: str) -> Iterator[Atom]:
    if parse_mode == HTML:
        yield from _html_atoms(text)
    elif parse_mode in MARKDOWN:
        yield from _markdown_atoms(text)
    else:
        yield from (Atom(character, units(character)) for character in text)


def _html_atoms(text: str) -> Iterator[Atom]:
    for found in _HTML_ATOMS.finditer(text):
        raw, tag = found.group(), (found["tag"] or "").lower()
        if not tag:
            yield Atom(raw, units(html.unescape(raw)))
        elif found["end"]:
            yield Atom(raw, 0, closes=tag)
        else:
            yield Atom(raw, 0, opens=tag)


def _markdown_atoms(text: str) -> Iterator[Atom]:
    """Counts the markup as text, which errs on the safe side."""
    opened: set[str] = set()
    for found in _MARKDOWN_ATOMS.finditer(text):
        raw = found.group()
        code = opened & _CODE
        if code:
            opened -= {raw} & code
        elif raw in _TOGGLES:
            opened ^= {raw}
        elif raw == "[":
            opened.add("]")
        elif raw == "]" and "]" in opened:
            opened.discard("]")
            if text[found.end() : found.end() + 1] == "(":
                opened.add(")")
        elif raw == ")":
            opened.discard(")")
        yield Atom(raw, units(raw), inside=bool(opened))


def _cut(atoms: list[Atom], limit: int) -> int:
    """How many atoms the next part takes."""
    size = 0
    # The last place to cut after a paragraph, a line, a word, anything: (atoms, size up to there).
    places: dict[int, tuple[int, int]] = {}
    for index, atom in enumerate(atoms):
        size += atom.size
        if size > limit:
            return _best(places, limit)
        if not atom.inside:
            places[_rank(atoms, index)] = (index + 1, size)
    return len(atoms)


def _rank(atoms: list[Atom], index: int) -> int:
    raw = atoms[index].raw
    if raw == "\n":
        return 0 if index and atoms[index - 1].raw == "\n" else 1
    return 2 if raw.isspace() else 3


def _best(places: dict[int, tuple[int, int]], limit: int) -> int:
    """A paragraph's end is worth half a part, as is a line's or a word's."""
    for rank in (0, 1, 2):
        end, size = places.get(rank, (0, 0))
        if size >= limit / 2:
            return end
    ends = [end for end, size in places.values() if size]
    if not ends:
        raise Unsplittable
    return max(ends)


def _still_open(piece: list[Atom]) -> list[Atom]:
    stack: list[Atom] = []
    for atom in piece:
        if atom.opens:
            stack.append(atom)
        elif atom.closes and stack and stack[-1].opens == atom.closes:
            stack.pop()
    return stack

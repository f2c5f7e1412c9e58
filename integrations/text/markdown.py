"""Markdown as a row of blocks: what chunks are cut from and extractive answers are put together of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Kind = Literal["heading", "paragraph", "list", "code", "table", "quote", "other"]

KINDS: dict[str, Kind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
    "blockquote_open": "quote",
}
TEXTS = frozenset({"text", "code_inline", "fence", "code_block", "image"})
BREAKS = frozenset({"softbreak", "hardbreak"})
# An end mark with its closing quotes, then a space and what may begin a sentence.
SENTENCE_END = re.compile(r"(?<=[.!?…])(?<!\s[А-ЯA-Z]\.)(?P<close>[\"»”')\]*_]*)\s+(?=[\"«“(\[*_`]*[A-ZА-ЯЁ0-9`])")
ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "vs.", "т.е.", "т.д.", "т.п.", "напр.", "см.", "др.")


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level block: its Markdown, plain text and first line, the level of a heading, the items of a list."""

    kind: Kind
    source: str
    text: str
    level: int = 0
    items: tuple[str, ...] = ()
    line: int = 0

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def introduces(self) -> bool:
        """The block that follows belongs to this one."""
        return self.kind == "paragraph" and self.text.endswith(":")


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables; raw HTML is shown as text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def blocks(markdown: str) -> list[Block]:
    """The top-level blocks of a Markdown text in their order."""
    # Lines as the parser counts them: splitlines() would also part at form feeds and the like.
    lines = re.sub(r"\r\n?", "\n", markdown).split("\n")
    tokens = parser().parse(markdown)
    return [_block(group, lines) for group in _groups(tokens)]


def plain_text(markdown: str) -> str:
    """The words of a Markdown text without its marks; blocks are parted by line breaks."""
    return "\n".join(filter(None, (block.text for block in blocks(markdown))))


def inline_text(token: Token) -> str:
    """The words of one inline or code token."""
    if token.children is None:
        return token.content if token.type in TEXTS else ""
    if token.type == "image":
        return token.content
    return "".join(" " if child.type in BREAKS else inline_text(child) for child in token.children)


def sentences(markdown: str) -> list[str]:
    """The sentences of a paragraph, each with the Markdown it holds."""
    text = " ".join(markdown.split())
    found: list[str] = []
    start = 0
    for match in SENTENCE_END.finditer(text):
        end = match.end("close")
        piece = text[start:end]
        if piece.endswith(ABBREVIATIONS) or not _is_balanced(piece):
            continue
        found.append(piece)
        start = match.end()
    return [*found, text[start:]] if text[start:] else found


def _is_balanced(piece: str) -> bool:
    return piece.count("`") % 2 == 0 and piece.count("**") % 2 == 0 and piece.count("[") == piece.count("]")


def _groups(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of each top-level block; a block is over where the nesting is back at zero."""
    group: list[Token] = []
    depth = 0
    for token in tokens:
        group.append(token)
        depth += token.nesting
        if depth == 0:
            yield group
            group = []


def _block(group: list[Token], lines: list[str]) -> Block:
    first = group[0]
    start, end = first.map or (0, 0)
    kind = KINDS.get(first.type, "other")
    return Block(
        kind=kind,
        source=_closed(first, "\n".join(lines[start:end]).strip("\n")),
        text=" ".join(filter(None, (inline_text(token).strip() for token in group))),
        level=int(first.tag[1]) if kind == "heading" else 0,
        items=tuple(_items(group, lines)) if kind == "list" else (),
        line=start,
    )


def _closed(first: Token, source: str) -> str:
    """A fence that its author forgot to close would swallow whatever is put after it."""
    if first.type != "fence" or re.search(rf"\n\s*{re.escape(first.markup)}{re.escape(first.markup[0])}*\s*$", source):
        return source
    return f"{source}\n{first.markup}"


def _items(group: list[Token], lines: list[str]) -> Iterator[str]:
    for token in group:
        if token.type == "list_item_open" and token.level == 1 and token.map:
            yield "\n".join(lines[token.map[0] : token.map[1]]).rstrip()

"""Words with their marks: what stands within a paragraph."""

import re
from collections.abc import Iterable

from lxml.etree import _Element as Element

from knowledge.readers import escaping

STRONG = {"strong", "b"}
EMPHASIS = {"em", "i"}
CODE = {"code", "kbd", "samp", "tt"}
# Deeper nesting is no document; what stands there is read as plain words.
DEEPEST = 120
# Stands for a line break until the spaces around it are gone; no text holds it.
BREAK = "\x1f"
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LINK = re.compile(r"(?:https?://|mailto:)\S+|(?!#)(?![a-z][a-z0-9+.-]*:)[\w./?%~-][^\s]*", re.I)


def inline(node: Element, depth: int) -> str:
    """The Markdown of an element that holds no blocks."""
    if node.tag == "br":
        return BREAK
    if depth > DEEPEST:
        return words(node)
    if node.tag in CODE:
        return _code("".join(node.itertext()))
    body = content(node, depth)
    if node.tag in STRONG:
        return _marked(body.replace("**", ""), "**")
    if node.tag in EMPHASIS:
        return _marked(body, "*") if not body.strip().startswith("*") else body
    return _link(body, node.get("href") or "") if node.tag == "a" else body


def content(node: Element, depth: int) -> str:
    parts = [text(node.text)]
    for child in node:
        parts += [inline(child, depth + 1), text(child.tail)]
    return "".join(parts)


def text(value: str | None) -> str:
    return escaping.inline(re.sub(r"\s+", " ", legal(value))) if value else ""


def legal(value: str) -> str:
    """The text without the characters that no document may hold: pages name them by their numbers."""
    return ILLEGAL.sub("", value)


def words(node: Element) -> str:
    """All text of an element on one line, without marks."""
    return escaping.inline(" ".join(legal("".join(node.itertext())).split()))


def paragraph(parts: Iterable[str]) -> list[str]:
    """The paragraphs of a run of words: two line breaks in a row part them."""
    lines = [" ".join(line.split()) for line in "".join(parts).split(BREAK)]
    whole = "\n".join(escaping.guarded(line) for line in lines)
    return [part.replace("\n", "  \n") for part in re.split(r"\n{2,}", whole.strip("\n")) if part]


def flat(markdown: str) -> str:
    """A block on one line."""
    return " ".join(markdown.split())


def _marked(body: str, mark: str) -> str:
    """Marks count only next to words: spaces stay outside of them, and lines have marks of their own."""
    if BREAK in body:
        return BREAK.join(_marked(line, mark) for line in body.split(BREAK))
    bare = body.strip()
    if not bare:
        return body
    start = body.index(bare)
    return f"{body[:start]}{mark}{bare}{mark}{body[start + len(bare) :]}"


def _code(value: str) -> str:
    bare = " ".join(legal(value).split())
    if "`" not in bare:
        return f"`{bare}`" if bare else ""
    fence = "`" * (max(map(len, re.findall(r"`+", bare))) + 1)
    return f"{fence} {bare} {fence}"


def _link(body: str, address: str) -> str:
    """A link with words to click on; links within the page lead nowhere any more."""
    address = address.strip()
    label = " ".join(body.replace(BREAK, " ").split())
    if not label or not LINK.fullmatch(address) or "](" in label:
        return body
    target = re.sub(r"[()<>\\]", lambda match: f"%{ord(match[0]):02X}", address)
    before, after = (" " if part and part.isspace() else "" for part in (body[:1], body[-1:]))
    return f"{before}[{label}]({target}){after}"

"""A tree of HTML elements as Markdown."""

import re

from lxml.etree import _Element as Element

from knowledge.readers import escaping
from knowledge.readers.html.grid import grid_of
from knowledge.readers.html.inline import DEEPEST, flat, inline, legal, paragraph, text, words

BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "search", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
LISTS = {"ul", "ol", "menu", "dir"}
ITEM_MARK = re.compile(r"^\s*(?:- |\d+\. )", re.M)
LANGUAGE = re.compile(r"\b(?:language|lang|highlight|brush)-(?!source)([\w+#-]+)")


def markdown_of(root: Element) -> str:
    """The element's content as Markdown."""
    return "\n\n".join(Markup(root).content(root, 0))


class Markup:
    """Turns the elements of one tree into blocks of Markdown."""

    def __init__(self, root: Element) -> None:
        self._holders = _holders(root)

    def content(self, node: Element, depth: int) -> list[str]:
        """The blocks in an element; words between them are paragraphs of their own."""
        found: list[str] = []
        run = [text(node.text)]
        for child in node:
            if self._is_block(child):
                found += [*paragraph(run), *self._block(child, depth + 1)]
                run = []
            else:
                run.append(inline(child, depth + 1))
            run.append(text(child.tail))
        return [*found, *paragraph(run)]

    def _is_block(self, node: Element) -> bool:
        return node.tag in BLOCKS or node in self._holders

    def _block(self, node: Element, depth: int) -> list[str]:
        tag = node.tag
        if depth > DEEPEST:
            return list(filter(None, [escaping.guarded(words(node))]))
        if tag in HEADINGS:
            return _bare(self._line(node, depth).replace("**", ""), f"{HEADINGS[tag]} ", "")
        if tag in LISTS:
            return list(filter(None, [self._list(node, depth)]))
        if tag == "table":
            return self._table(node, depth)
        if tag in {"dt", "summary", "caption", "legend"}:
            return _bare(self._line(node, depth).replace("**", ""), "**", "**")
        return self._other(node, depth)

    def _other(self, node: Element, depth: int) -> list[str]:
        if node.tag == "hr":
            return []
        if node.tag == "pre":
            return _fenced(node)
        found = self.content(node, depth)
        if node.tag == "blockquote" and found:
            return [_prefixed("\n\n".join(found), "> ", "> ")]
        return found

    def _line(self, node: Element, depth: int) -> str:
        return " ".join(flat(block) for block in self.content(node, depth))

    def _list(self, node: Element, depth: int) -> str:
        number = _number(node.get("start"))
        items: list[str] = []
        for child in node:
            body = self._item(child, depth)
            if body and child.tag in LISTS and items:
                # A list between the items, instead of in one, belongs to the item before it.
                items.append(_prefixed(body, "  ", "  "))
            elif body:
                mark = f"{number}. " if node.tag == "ol" else "- "
                items.append(_prefixed(body, mark, " " * len(mark)))
                number += 1
        return "\n".join(items)

    def _item(self, node: Element, depth: int) -> str:
        found = self._block(node, depth + 1) if self._is_block(node) else paragraph([inline(node, depth + 1)])
        body = "\n\n".join(found)
        # A list right below its lead-in needs no blank line.
        return re.sub(r"\n\n(?=(- |\d+\. ))", "\n", body)

    def _table(self, node: Element, depth: int) -> list[str]:
        captions = [block for child in node.iterchildren("caption") for block in self._block(child, depth + 1)]
        grid = grid_of(node)
        if grid is None:
            rest = (child for child in node if child.tag != "caption")
            return [*captions, *(block for child in rest for block in self._block(child, depth + 1))]
        cells = {cell: self._cell(cell, depth) for row in grid.rows for cell in row if cell is not None}
        rows = [["" if cell is None else cells[cell] for cell in row] for row in grid.rows]
        return [*captions, escaping.table(grid.named(rows))] if any(cells.values()) else captions

    def _cell(self, cell: Element, depth: int) -> str:
        return " ".join(_cell_line(block) for block in self.content(cell, depth + 2))


def _holders(root: Element) -> set[Element]:
    """Inline elements in which blocks stand: a link around a whole card, say."""
    holders: set[Element] = set()
    for block in root.iter(*BLOCKS):
        node = block.getparent()
        while node is not None and node not in holders:
            holders.add(node)
            node = node.getparent()
    return holders


def _bare(line: str, before: str, after: str) -> list[str]:
    return [f"{before}{line}{after}"] if line else []


def _prefixed(body: str, first: str, rest: str) -> str:
    lines = body.split("\n")
    return "\n".join((rest if index else first) + line if line else rest.rstrip() for index, line in enumerate(lines))


def _cell_line(block: str) -> str:
    """A block within a cell: the items of a list are parted by semicolons."""
    if not ITEM_MARK.match(block):
        return flat(block)
    return "; ".join(flat(ITEM_MARK.sub("", line)).rstrip(";") for line in block.split("\n"))


def _fenced(node: Element) -> list[str]:
    for line_break in node.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    body = legal("".join(node.itertext())).strip("\n").rstrip()
    if not body:
        return []
    longest = max(map(len, re.findall(r"`{3,}", body)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{_language(node)}\n{body}\n{fence}"]


def _language(node: Element) -> str:
    """The language of a block of code by the class of the block, of the code in it, or of what is around it."""
    nodes = [node, *node.iterchildren("code"), *node.iterancestors("div")][:5]
    found = (LANGUAGE.search(candidate.get("class") or "") for candidate in nodes)
    return next((match[1] for match in found if match), "")


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 9 else 1

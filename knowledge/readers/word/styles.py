"""What the styles and the numbering of a Word file say about its paragraphs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

HEADING = re.compile(r"(?:heading|заголовок)\s*([1-9])", re.I)
TITLE = {"title", "название", "заголовок"}
CODE = re.compile(r"\b(?:code|preformatted|source text|verbatim)\b", re.I)
CONTENTS = re.compile(r"(?:toc|contents|оглавление)\s*\d|(?:toc|contents) heading|заголовок оглавления", re.I)
# Word's own styles of deeper lists are lists of the first level that are only set further in.
DEEPER_LIST = re.compile(r"(?:list (?:bullet|number)|(?:маркированный|нумерованный) список) ([2-5])", re.I)
LONGEST_CHAIN = 20
MOST_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph's place in a list; its number is None in a list without numbers."""

    list_id: str
    level: int
    is_numbered: bool
    start: int


@dataclass(slots=True)
class Styles:
    """The styles by their ids, and the numbering by the ids of the lists."""

    styles: dict[str, Element] = field(default_factory=dict)
    levels: dict[str, dict[int, Element]] = field(default_factory=dict)

    def heading_level(self, paragraph: Element) -> int:
        """1 to 6, or 0 for what is no heading; a title is 1."""
        own = value(paragraph, "pPr/outlineLvl")
        if own.isdigit():
            return _level(int(own) + 1)
        for style in self._chain(paragraph):
            name = value(style, "name").strip()
            if name.lower() in TITLE:
                return 1
            if match := HEADING.fullmatch(name):
                return _level(int(match[1]))
            if (outline := value(style, "pPr/outlineLvl")).isdigit():
                return _level(int(outline) + 1)
        return 0

    def is_title(self, paragraph: Element) -> bool:
        return self._name(paragraph).lower() in TITLE

    def is_code(self, paragraph: Element) -> bool:
        return bool(CODE.search(self._name(paragraph)))

    def is_contents(self, paragraph: Element) -> bool:
        """A line of the table of contents: its page numbers mean nothing here."""
        return bool(CONTENTS.fullmatch(self._name(paragraph)))

    def item(self, paragraph: Element) -> Item | None:
        """The paragraph's place in a list, by itself or by its style."""
        numbering = next(self._numberings(paragraph), None)
        if numbering is None:
            return None
        list_id, level = value(numbering, "numId"), _number(value(numbering, "ilvl"), 0)
        definition = self.levels.get(list_id, {}).get(level)
        form = "" if definition is None else value(definition, "numFmt")
        if list_id in {"", "0"} or form == "none" or level >= MOST_LEVELS:
            return None
        start = 1 if definition is None else _number(value(definition, "start"), 1)
        deeper = DEEPER_LIST.fullmatch(self._name(paragraph))
        return Item(list_id, level + int(deeper[1]) - 1 if deeper else level, form not in {"bullet", ""}, start)

    def _numberings(self, paragraph: Element) -> Iterator[Element]:
        for node in (paragraph, *self._chain(paragraph)):
            if (numbering := node.find("pPr/numPr")) is not None:
                yield numbering

    def _name(self, paragraph: Element) -> str:
        return next((value(style, "name").strip() for style in self._chain(paragraph)), "")

    def _chain(self, paragraph: Element) -> Iterator[Element]:
        """The paragraph's style and those that it is based on."""
        style_id = value(paragraph, "pPr/pStyle")
        for _ in range(LONGEST_CHAIN):
            style = self.styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = value(style, "basedOn")


def styles_of(styles: Element | None, numbering: Element | None) -> Styles:
    found = [] if styles is None else styles.iterchildren("style")
    return Styles({style.get("styleId", ""): style for style in found}, {} if numbering is None else _lists(numbering))


def value(node: Element, path: str) -> str:
    """The `val` of the element at the path, or nothing."""
    found = node.find(path)
    return "" if found is None else found.get("val", "")


def _lists(numbering: Element) -> dict[str, dict[int, Element]]:
    kinds = {node.get("abstractNumId", ""): _levels(node) for node in numbering.iterchildren("abstractNum")}
    lists = {}
    for node in numbering.iterchildren("num"):
        levels = dict(kinds.get(value(node, "abstractNumId"), {}))
        for override in node.iterchildren("lvlOverride"):
            levels |= _levels(override)
        lists[node.get("numId", "")] = levels
    return lists


def _levels(node: Element) -> dict[int, Element]:
    return {_number(level.get("ilvl", ""), 0): level for level in node.iterchildren("lvl")}


def _level(level: int) -> int:
    """Outline level 10 is body text; Markdown ends at 6."""
    return 0 if level > MOST_LEVELS else min(level, 6)


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default

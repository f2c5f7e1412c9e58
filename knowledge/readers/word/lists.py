"""Lists of a Word document: paragraphs with levels become nested lists."""

from collections import defaultdict
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from knowledge.readers.word.styles import Item


@dataclass(frozen=True, slots=True)
class Open:
    """A list that the next paragraph may belong to."""

    item: Item
    element: Element


class Lists:
    """The lists written so far; numbers go on after an interruption, as they do in Word."""

    def __init__(self) -> None:
        self._open: list[Open] = []
        self._numbers: dict[str, dict[int, int]] = defaultdict(dict)

    def add(self, item: Item, words: Element, target: Element) -> None:
        """Puts the words into the list that they belong to, at the end of `target`."""
        number = self._counted(item)
        self._close(item, target)
        if not self._open or self._open[-1].item.level < item.level:
            self._open.append(Open(item, self._begun(item, target, number)))
        entry = etree.SubElement(self._open[-1].element, "li")
        entry.append(words)

    def _counted(self, item: Item) -> int:
        numbers = self._numbers[item.list_id]
        numbers[item.level] = numbers.get(item.level, item.start - 1) + 1
        for deeper in [level for level in numbers if level > item.level]:
            del numbers[deeper]
        return numbers[item.level]

    def _close(self, item: Item, target: Element) -> None:
        last = target[-1] if len(target) else None
        if not self._open or last is not self._open[0].element:
            self._open = []
        while self._open and _is_over(self._open[-1].item, item):
            self._open.pop()

    def _begun(self, item: Item, target: Element, number: int) -> Element:
        parent = self._open[-1].element[-1] if self._open else target
        return etree.SubElement(parent, "ol" if item.is_numbered else "ul", start=str(number))


def _is_over(last: Item, item: Item) -> bool:
    if last.level != item.level:
        return last.level > item.level
    return (last.list_id, last.is_numbered) != (item.list_id, item.is_numbered)

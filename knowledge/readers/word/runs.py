"""The words of a Word paragraph as HTML elements."""

from lxml import etree
from lxml.etree import _Element as Element

# Marks of tracked changes and of what is no text of the document.
GONE = {"del", "moveFrom", "instrText", "delText", "commentReference", "rPr", "pPr", "Fallback", "txbxContent"}
SIGNS = {"tab": " ", "noBreakHyphen": "-", "cr": "\n", "ptab": " "}
OFF = {"0", "false", "off"}
PICTURES = {"pic", "imagedata"}


class Runs:
    """Writes runs into HTML elements, and keeps the footnotes met on the way."""

    def __init__(self, links: dict[str, str]) -> None:
        self._links = links
        self.notes: list[tuple[str, str]] = []
        self.has_pictures = False

    def write(self, source: Element, target: Element) -> None:
        """The words of `source` at the end of `target`."""
        for node in source.iterchildren(etree.Element):
            if node.tag in GONE:
                continue
            if node.tag == "r":
                self._run(node, target)
            elif node.tag == "hyperlink":
                self._link(node, target)
            elif not self._sign(node, target):
                self.write(node, target)

    def _run(self, node: Element, target: Element) -> None:
        look = node.find("rPr")
        if look is not None and _is_on(look, "vanish"):
            return
        for name, tag in (("b", "strong"), ("i", "em")):
            if look is not None and _is_on(look, name):
                target = _inside(target, tag)
        self.write(node, target)

    def _link(self, node: Element, target: Element) -> None:
        address = self._links.get(node.get("id", ""), "")
        self.write(node, etree.SubElement(target, "a", href=address) if address else target)

    def _sign(self, node: Element, target: Element) -> bool:
        """Whether the element is text by itself."""
        if node.tag == "t":
            _add(target, node.text or "")
        elif node.tag == "br":
            self._break(node, target)
        elif node.tag in SIGNS:
            _add(target, SIGNS[node.tag])
        elif node.tag in {"footnoteReference", "endnoteReference"}:
            self._note(node, target)
        else:
            self.has_pictures = self.has_pictures or node.tag in PICTURES
            return False
        return True

    def _break(self, node: Element, target: Element) -> None:
        if node.get("type") in {"page", "column"}:
            _add(target, " ")
        else:
            etree.SubElement(target, "br")

    def _note(self, node: Element, target: Element) -> None:
        kind = node.tag.removesuffix("Reference")
        self.notes.append((kind, node.get("id", "")))
        _add(target, f"[{len(self.notes)}]")


def _is_on(look: Element, name: str) -> bool:
    found = look.find(name)
    return found is not None and found.get("val", "") not in OFF


def _inside(target: Element, tag: str) -> Element:
    """The element for these words: the one before goes on when no words are between them, else words are cut in two."""
    last = target[-1] if len(target) else None
    if last is not None and last.tag == tag and not last.tail:
        return last
    return etree.SubElement(target, tag)


def _add(target: Element, text: str) -> None:
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text

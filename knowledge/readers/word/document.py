"""Word documents (.docx): their paragraphs as HTML, and that as Markdown."""

from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

from knowledge.readers.html.grid import MOST_COLUMNS
from knowledge.readers.html.markup import markdown_of
from knowledge.readers.reading import PICTURES_LEFT_OUT, Draft, ReadingError
from knowledge.readers.word.lists import Lists
from knowledge.readers.word.package import Package, opened
from knowledge.readers.word.runs import Runs
from knowledge.readers.word.styles import Styles, styles_of

# Around paragraphs, with no meaning of their own.
FRAMES = {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "AlternateContent", "Choice"}
DEEPEST = 60


def read_document(data: bytes) -> Draft:
    package = opened(data)
    name = package.document
    root = package.part(name)
    body = None if root is None else root.find("body")
    if body is None:
        raise ReadingError("broken")
    writer = Writer(package, name)
    markdown = markdown_of(writer.written(body))
    if not markdown:
        raise ReadingError("no_text" if writer.runs.has_pictures else "empty")
    notes = (PICTURES_LEFT_OUT,) if writer.runs.has_pictures else ()
    return Draft(markdown, writer.title or _core_title(package), notes=notes)


def _core_title(package: Package) -> str:
    core = package.part("docProps/core.xml")
    return " ".join((core.findtext("title") or "").split()) if core is not None else ""


class Writer:
    """Turns the body of a document into a tree of HTML."""

    def __init__(self, package: Package, document: str) -> None:
        self._styles: Styles = styles_of(package.beside(document, "styles"), package.beside(document, "numbering"))
        self._notes = {kind: _notes(package.beside(document, f"{kind}s"), kind) for kind in ("footnote", "endnote")}
        self._lists = Lists()
        self._noted = 0
        self.runs = Runs(package.links(document))
        self.title = ""

    def written(self, body: Element) -> Element:
        target = etree.Element("body")
        self._write(body, target, 0)
        return target

    def _write(self, source: Element, target: Element, depth: int) -> None:
        if depth > DEEPEST:
            raise ReadingError("broken")
        for node in source.iterchildren(etree.Element):
            if node.tag in FRAMES:
                self._write(node, target, depth + 1)
            elif node.tag == "p":
                self._paragraph(node, target, depth)
            elif node.tag == "tbl":
                self._table(node, target, depth)
            if depth == 0:
                self._footnotes(target)

    def _paragraph(self, node: Element, target: Element, depth: int) -> None:
        if not self._styles.is_contents(node):
            self._words(node, target)
        for box in _boxes(node):
            self._write(box, target, depth + 1)

    def _words(self, node: Element, target: Element) -> None:
        words = etree.Element("p")
        self.runs.write(node, words)
        text = " ".join("".join(words.itertext()).split())
        if not text:
            return
        level = self._styles.heading_level(node)
        if level and target.tag == "body":
            words.tag = f"h{level}"
            target.append(words)
            self.title = self.title or (text if self._styles.is_title(node) else "")
        elif self._styles.is_code(node):
            _code(words, target)
        elif item := self._styles.item(node):
            self._lists.add(item, words, target)
        else:
            target.append(words)

    def _table(self, node: Element, target: Element, depth: int) -> None:
        table = etree.SubElement(target, "table")
        # Column: the cell that those below it may go on with.
        open_cells: dict[int, Element] = {}
        for row in _rows(node):
            line = etree.SubElement(table, "tr")
            tag = "th" if row.find("trPr/tblHeader") is not None else "td"
            column = 0
            for cell in _cells(row):
                span = _span(cell)
                above = open_cells.get(column)
                if _goes_on(cell) and above is not None:
                    above.set("rowspan", str(int(above.get("rowspan", "1")) + 1))
                else:
                    open_cells[column] = etree.SubElement(line, tag, colspan=str(span))
                    self._write(cell, open_cells[column], depth + 1)
                column += span

    def _footnotes(self, target: Element) -> None:
        """The notes of what was just written, as paragraphs below it."""
        for number, (kind, note_id) in enumerate(self.runs.notes[self._noted :], self._noted + 1):
            note = self._notes[kind].get(note_id)
            words = etree.SubElement(target, "p")
            words.text = f"[{number}] "
            for paragraph in () if note is None else note.iter("p"):
                self.runs.write(paragraph, words)
        self._noted = len(self.runs.notes)


def _notes(root: Element | None, kind: str) -> dict[str, Element]:
    return {} if root is None else {note.get("id", ""): note for note in root.iterchildren(kind)}


def _boxes(node: Element) -> Iterator[Element]:
    """The text boxes of a paragraph, each once: the same text stands again for old programs."""
    for box in node.iter("txbxContent"):
        if next(box.iterancestors("Fallback"), None) is None and next(box.iterancestors("txbxContent"), None) is None:
            yield box


def _code(words: Element, target: Element) -> None:
    """A line of code; lines in a row are one block."""
    text = "".join(words.itertext())
    last = target[-1] if len(target) else None
    if last is not None and last.tag == "pre":
        last.text = f"{last.text}\n{text}"
    else:
        etree.SubElement(target, "pre").text = text


def _rows(table: Element) -> Iterator[Element]:
    for node in table.iterchildren("tr", "sdt", "ins", "customXml"):
        if node.tag != "tr":
            yield from node.iter("tr")
        elif node.find("trPr/del") is None:
            yield node


def _cells(row: Element) -> Iterator[Element]:
    for node in row.iterchildren("tc", "sdt", "customXml"):
        yield from [node] if node.tag == "tc" else node.iter("tc")


def _span(cell: Element) -> int:
    span = cell.find("tcPr/gridSpan")
    text = "1" if span is None else span.get("val", "1")
    return min(max(int(text), 1), MOST_COLUMNS) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _goes_on(cell: Element) -> bool:
    merge = cell.find("tcPr/vMerge")
    return merge is not None and merge.get("val", "continue") == "continue"

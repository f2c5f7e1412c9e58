"""The parts of a Word file: a zip archive of XML, opened with care."""

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass, field

from lxml import etree
from lxml.etree import _Element as Element

from knowledge.readers.reading import ReadingError

MOST_ENTRIES = 10_000
LARGEST_PART = 100 * 1024 * 1024
# Text that repeats itself shrinks to a fiftieth; a part that unpacks to more than this many times its size is a bomb.
LARGEST_RATIO = 250
SMALL_PART = 10 * 1024 * 1024
DOCUMENT = "word/document.xml"
BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError,
    ValueError, etree.LxmlError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """An open file: its parts by their names."""

    archive: zipfile.ZipFile
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def document(self) -> str:
        """The name of the part with the text."""
        targets = [target for kind, target in self._related("") if kind.endswith("/officeDocument")]
        return targets[0].lstrip("/") if targets else DOCUMENT

    def beside(self, document: str, kind: str) -> Element | None:
        """The part that stands in a relation to the document: its styles, its footnotes."""
        for related, target in self._related(document):
            if related.endswith(f"/{kind}"):
                return self.part(_resolved(document, target))
        return None

    def links(self, document: str) -> dict[str, str]:
        """The addresses of the hyperlinks, by their ids."""
        relations = self.part(_relations(document))
        found = () if relations is None else relations.iter("Relationship")
        return {node.get("Id", ""): node.get("Target", "") for node in found if node.get("TargetMode") == "External"}

    def part(self, name: str) -> Element | None:
        """The root of a part, its names without their namespaces; None if there is no such part."""
        if name not in self.names:
            return None
        try:
            root = etree.fromstring(_content(self.archive, name), _parser())
        except BROKEN as error:
            raise ReadingError("broken") from error
        return _plain_names(root)

    def _related(self, document: str) -> list[tuple[str, str]]:
        relations = self.part(_relations(document))
        found = () if relations is None else relations.iter("Relationship")
        return [
            (node.get("Type", ""), node.get("Target", "")) for node in found if node.get("TargetMode") != "External"
        ]


def opened(data: bytes) -> Package:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = frozenset(archive.namelist())
    except BROKEN as error:
        raise ReadingError("broken") from error
    if len(names) > MOST_ENTRIES:
        raise ReadingError("too_big")
    return Package(archive, names)


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a part, never more of them than it may have, whatever the archive says about it."""
    packed = archive.getinfo(name).compress_size
    largest = min(LARGEST_PART, max(SMALL_PART, packed * LARGEST_RATIO))
    with archive.open(name) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ReadingError("too_big")
    return content


def _parser() -> etree.XMLParser:
    """Entities stay what they are, nothing is fetched, and what nests too deep is an error."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _plain_names(root: Element) -> Element:
    """Without namespaces: those of the two editions of the format differ, the names do not."""
    for node in root.iter(etree.Element):
        node.tag = etree.QName(node).localname
        for name in [name for name in node.attrib if name.startswith("{")]:
            node.set(etree.QName(name).localname, node.attrib.pop(name))
    return root


def _relations(document: str) -> str:
    folder, name = posixpath.split(document)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _resolved(document: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), target))

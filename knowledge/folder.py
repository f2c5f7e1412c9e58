"""A folder of Markdown files as documents, and what has changed since it was last imported."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.utils.text import slugify

from knowledge.models import Document
from knowledge.services import fingerprint_of

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide"
FRONT_MATTER = re.compile(r"\A---\n(?P<fields>.*?)\n---\n", re.DOTALL)
FIRST_HEADING = re.compile(r"^# +(?P<title>.+?) *#*$", re.MULTILINE)
FILE_LINK = re.compile(r"\]\((?P<stem>[\w-]+)\.md(?P<anchor>#[^)\s]*)?\)")
DEFAULT_POSITION = 100


class BadDocument(Exception):
    """A folder or file that cannot be imported; the message says which and why."""


class DocumentValues(TypedDict):
    slug: str
    title: str
    language: str
    body: str
    source: str
    position: int


@dataclass(frozen=True, slots=True)
class File:
    """A document as its file has it. `source` is collection/language/name."""

    slug: str
    title: str
    language: str
    body: str
    source: str
    position: int = DEFAULT_POSITION

    def values(self) -> DocumentValues:
        return DocumentValues(
            slug=self.slug,
            title=self.title,
            language=self.language,
            body=self.body,
            source=self.source,
            position=self.position,
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(title=self.title, language=self.language, body=self.body, position=self.position)


@dataclass(slots=True)
class Folder:
    collection: str
    files: list[File]


@dataclass(slots=True)
class Plan:
    """What an import has to do."""

    new: list[File] = field(default_factory=list)
    changed: list[File] = field(default_factory=list)
    unchanged: list[File] = field(default_factory=list)
    removed: list[Document] = field(default_factory=list)


def read_folder(folder: Path) -> Folder:
    """The files of `folder`; raises BadDocument for a folder or file that makes no sense."""
    collection = folder.resolve().name
    if collection == GUIDE.name and folder.resolve() != GUIDE:
        raise BadDocument(f"{folder}: the name {GUIDE.name!r} belongs to the product's own guide; rename the folder")
    files = [_read(path, collection, language) for language, path in _paths(folder)]
    if not files:
        languages = " or ".join(code for code, _ in settings.LANGUAGES)
        raise BadDocument(f"{folder}: no Markdown files in a sub-folder named {languages}")
    _forbid_twins(files)
    return Folder(collection, files)


def compare(folder: Folder) -> Plan:
    """What is new, changed, unchanged and gone. One query, no text analysis."""
    slugs = [file.slug for file in folder.files]
    in_base = Document.objects.filter(slug__in=slugs) | Document.objects.filter(
        source__startswith=f"{folder.collection}/"
    )
    known = {document.slug: document for document in in_base.defer("body")}
    plan = Plan()
    for file in folder.files:
        _file_under(plan, file, known.pop(file.slug, None), collection=folder.collection)
    plan.removed = [document for document in known.values() if document.published]
    return plan


def _file_under(plan: Plan, file: File, document: Document | None, *, collection: str) -> None:
    if document is None:
        plan.new.append(file)
        return
    if not document.source.startswith(f"{collection}/"):
        origin = document.source or "the admin"
        raise BadDocument(f"{file.source}: the slug {file.slug!r} is taken by a document from {origin}")
    if document.is_withheld or (document.file_fingerprint, document.source) == (file.fingerprint, file.source):
        plan.unchanged.append(file)
    else:
        plan.changed.append(file)


def _paths(folder: Path) -> Iterator[tuple[str, Path]]:
    for code, _ in settings.LANGUAGES:
        for path in sorted((folder / code).glob("*.md")):
            yield code, path


def _read(path: Path, collection: str, language: str) -> File:
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\x00", "")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDocument(f"{path}: cannot be read as UTF-8 text") from error
    fields, body = _front_matter(text)
    return File(
        slug=slugify(fields.get("slug", ""))[:150] or f"{_slug(path)}-{language}",
        title=(fields.get("title") or _first_heading(body) or path.stem)[:200],
        language=language,
        body=FILE_LINK.sub(lambda link: _site_link(link, language), body),
        source=f"{collection}/{language}/{path.name}",
        position=_position(path, fields.get("position", "")),
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    match = FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    pairs = (line.split(":", 1) for line in match["fields"].splitlines() if ":" in line)
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}, text[match.end() :].lstrip("\n")


def _first_heading(body: str) -> str:
    match = FIRST_HEADING.search(body)
    return match["title"] if match else ""


def _slug(path: Path) -> str:
    slug = slugify(path.stem)[:140]
    if not slug:
        raise BadDocument(f"{path}: the file name has no Latin letters or digits; put a slug into its front matter")
    return slug


def _position(path: Path, value: str) -> int:
    if not value:
        return DEFAULT_POSITION
    if not value.isdecimal() or int(value) > 32_767:
        raise BadDocument(f"{path}: position must be a whole number up to 32767, not {value!r}")
    return int(value)


def _site_link(link: re.Match[str], language: str) -> str:
    """A link between files becomes one between pages of the site."""
    return f"](/guide/{slugify(link['stem'])}-{language}{link['anchor'] or ''})"


def _forbid_twins(files: list[File]) -> None:
    seen: dict[str, File] = {}
    for file in files:
        if twin := seen.get(file.slug):
            raise BadDocument(f"{file.source}: the slug {file.slug!r} is taken by {twin.source}")
        seen[file.slug] = file

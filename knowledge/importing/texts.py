"""A file of a container as the text of a document."""

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from django.utils.text import slugify

from knowledge.importing import frontmatter
from knowledge.models.documents import LANGUAGES
from knowledge.readers import format_of, read
from knowledge.readers.language import language_of
from knowledge.readers.plain import text_of
from knowledge.readers.tables import questions_of
from knowledge.services.uploads import latin

FIRST_HEADING = re.compile(r"^# +(?P<title>.+?) *#*$", re.MULTILINE)
FILE_LINK = re.compile(r"\]\((?P<path>[^)\s#:]+\.(?:md|markdown))(?P<anchor>#[^)\s]*)?\)", re.IGNORECASE)
# What the file itself shows is not kept a second time.
KEPT_FORMATS = {"html", "pdf", "docx", "csv"}
HALF = 32


@dataclass(frozen=True, slots=True)
class Text:
    """What a file says. `language` is what its fields name, `guess` what it looks like; None as `tags` or `scopes`:
    nothing is said of them."""

    title: str
    body: str
    format: str
    language: str = ""
    guess: str = "en"
    slug: str = ""
    position: int | None = None
    published: bool | None = None
    tags: list[str] | None = None
    scopes: list[str] | None = None
    places: list[list[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file before it is read: its digest, and how to get what it says."""

    digest: str
    text: Callable[[], Text]
    data: bytes = b""
    address: str = ""


def digest_of(data: bytes, facts: Mapping[str, Any] | None = None) -> str:
    """Of a file and what is known about it besides."""
    digest = hashlib.sha256(data)
    if facts:
        digest.update(json.dumps(facts, sort_keys=True).encode())
    return digest.hexdigest()[:HALF]


def text_digest(*, title: str, language: str, body: str) -> str:
    """Of what people can change in a document's text."""
    return hashlib.sha256("\x00".join((language, title, body)).encode()).hexdigest()[:HALF]


def read_text(data: bytes, name: str) -> Text:
    """The text of a file; raises ReadingError and BadEntry."""
    if format_of(name, "", data[:4096]) == "markdown":
        return _markdown(data, name)
    reading = read(data, name=name)
    return Text(
        title=reading.title[:200],
        body=reading.markdown,
        format=format_of(name, "", data[:4096]),
        guess=reading.language,
        places=[[place.line, place.anchor, place.label] for place in reading.places],
        notes=list(reading.notes),
    )


def _markdown(data: bytes, name: str) -> Text:
    # Also says what is wrong with it.
    reading = read(data, name=name)
    fields, text = frontmatter.parted(text_of(data)[0])
    values = frontmatter.checked(fields)
    body = text.strip("\n")
    values["title"] = (values.get("title") or _heading(body) or stem_of(name))[:200]
    return Text(
        body=f"{body}\n" if body else "",
        format="markdown",
        guess=reading.language,
        notes=list(reading.notes),
        **values,
    )


def exported_text(data: bytes, facts: Mapping[str, Any]) -> Text:
    """The text of a file that export_knowledge wrote, to the letter; `facts` are what the manifest says of it."""
    fields, body = frontmatter.parted(data.decode("utf-8", "replace").replace("\x00", ""))
    values = frontmatter.checked(fields)
    values["title"] = (values.get("title") or _heading(body) or stem_of(str(facts["path"])))[:200]
    return Text(
        body=body,
        format=str(facts.get("format", "markdown")),
        places=list(facts.get("places", [])),
        notes=list(facts.get("notes", [])),
        **values,
    )


def _heading(body: str) -> str:
    match = FIRST_HEADING.search(body[:2000])
    return match["title"] if match else ""


def questions(data: bytes) -> Iterator[Text]:
    """Each question of a table as a text of its own; raises ReadingError."""
    for question, answer in questions_of(data):
        title = " ".join(question.split())
        yield Text(title=title[:200], body=f"# {title}\n\n{answer}\n", format="csv", guess=language_of(answer))


def stem_of(path: str) -> str:
    name = posixpath.basename(path)
    return name.rpartition(".")[0] or name


def folder_language(path: str) -> str:
    """The language that a folder on the way to the file names."""
    return next((part for part in path.split("/")[:-1] if part in dict(LANGUAGES)), "")


def slug_of(path: str, language: str) -> str:
    """The usual slug of a file; a name without any letters that addresses have gives one by its digest."""
    stem = slugify(latin(stem_of(path)))[:130] or f"document-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    return f"{stem}-{language}" if language else stem


def linked(body: str, path: str, slugs: Mapping[str, str]) -> str:
    """Links between files become links between pages."""

    def page(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(link["path"])))
        slug = slugs.get(target)
        return f"](/guide/{slug}{link['anchor'] or ''})" if slug else link[0]

    return FILE_LINK.sub(page, body)

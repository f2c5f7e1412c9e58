"""The knowledge base as files: Markdown with the documents' facts before the text, originals, and a manifest."""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.utils import timezone

from config.api.serializers import utc_z
from knowledge.importing.containers import MANIFEST
from knowledge.importing.frontmatter import written
from knowledge.importing.manifest import FORMAT, VERSION
from knowledge.models import Document

AT_ONCE = 50
COPIED_AT_ONCE = 1 << 20


class Target(Protocol):
    def write(self, name: str, content: bytes) -> None: ...

    def copy(self, name: str, file: Any) -> None: ...


class FolderTarget:
    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, name: str) -> Path:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, content: bytes) -> None:
        self._path(name).write_bytes(content)

    def copy(self, name: str, file: Any) -> None:
        with self._path(name).open("wb") as copy:
            shutil.copyfileobj(file, copy, COPIED_AT_ONCE)


class ZipTarget:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write(self, name: str, content: bytes) -> None:
        self._archive.writestr(name, content)

    def copy(self, name: str, file: Any) -> None:
        with self._archive.open(name, "w", force_zip64=True) as copy:
            shutil.copyfileobj(file, copy, COPIED_AT_ONCE)


def chosen(*, collection: str = "", language: str = "") -> Any:
    """The documents of an export; those whose file has not been read yet have no text to export."""
    wanted = {"collection": collection, "language": language}
    return Document.objects.filter(**{name: value for name, value in wanted.items() if value}).exclude(body="")


def export_to_folder(root: Path, documents: Any, *, originals: bool, tell: Callable[[int], None]) -> int:
    """Writes into a folder that is empty or does not exist yet; returns how many documents."""
    root.mkdir(parents=True, exist_ok=True)
    return _export(FolderTarget(root), documents, originals=originals, tell=tell)


def export_to_zip(path: Path, documents: Any, *, originals: bool, tell: Callable[[int], None]) -> int:
    """Writes an archive, which is there only when it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            count = _export(ZipTarget(archive), documents, originals=originals, tell=tell)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _export(target: Target, documents: Any, *, originals: bool, tell: Callable[[int], None]) -> int:
    facts = []
    for document in _rows(documents):
        facts.append(_one(target, document, originals=originals))
        tell(len(facts))
    manifest = {"format": FORMAT, "version": VERSION, "exported_at": utc_z(timezone.now()), "documents": facts}
    target.write(MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    return len(facts)


def _rows(documents: Any) -> Iterator[Document]:
    ordered = documents.order_by("language", "slug").prefetch_related("tags", "audiences")
    yield from ordered.iterator(chunk_size=AT_ONCE)


def _one(target: Target, document: Document, *, originals: bool) -> dict[str, Any]:
    path = f"{document.language}/{document.slug}.md"
    content = written(_fields(document), document.body).encode()
    target.write(path, content)
    facts: dict[str, Any] = {
        "path": path,
        "slug": document.slug,
        "source": document.source,
        "format": document.format,
        "published": document.published,
        "withheld": document.is_withheld,
        "places": document.places,
        "notes": document.notes,
        "address": document.address,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if originals and document.original:
        facts |= _copied(target, document)
    return facts


def _fields(document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "slug": document.slug,
        "language": document.language,
        "tags": [tag.name for tag in document.tags.all()],
        "scopes": sorted(audience.scope for audience in document.audiences.all()),
        "published": document.published,
        "position": document.position,
        "source": document.source,
        "updated_at": utc_z(document.updated_at),
    }


def _copied(target: Target, document: Document) -> dict[str, str]:
    """The original beside the text; nothing when it is gone from the storage."""
    suffix = PurePosixPath(document.original.name or "").suffix
    name = f"{document.language}/{document.slug}.original{suffix}"
    try:
        with document.original.open("rb") as file:
            target.copy(name, file)
    except FileNotFoundError:
        return {}
    return {"original": name, "original_name": document.original_name}

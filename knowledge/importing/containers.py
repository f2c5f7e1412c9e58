"""What holds files: a folder, one file. Names are relative, with slashes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from knowledge.importing.errors import BadSource
from knowledge.readers import FORMATS, MAX_BYTES, ReadingError

SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
FOREIGN = {"__MACOSX", "Thumbs.db"}
MANIFEST = "manifest.json"


class Container(Protocol):
    """`title` names its collection; `whole` says that what is not in it is gone."""

    title: str
    names: list[str]
    whole: bool

    def read(self, name: str) -> bytes:
        """The content of a file; raises ReadingError, BadEntry or OSError."""

    def has(self, name: str) -> bool:
        """Whether it holds this file, also when it is none of `names`."""


def is_wanted(name: str) -> bool:
    """Whether a file is a document by its name, and no hidden one."""
    parts = name.split("/")
    is_hidden = any(part.startswith(".") or part in FOREIGN for part in parts)
    return not is_hidden and (name.lower().endswith(SUFFIXES) or name == MANIFEST)


class Folder:
    whole = True

    def __init__(self, root: Path) -> None:
        self._root = root
        self.title = root.resolve().name
        self.names = sorted(filter(is_wanted, self._all()))

    def _all(self) -> Iterator[str]:
        for folder, _, files in os.walk(self._root):
            inner = Path(folder).relative_to(self._root)
            yield from ((inner / file).as_posix() for file in files)

    def read(self, name: str) -> bytes:
        return content_of(self._root / name)

    def has(self, name: str) -> bool:
        return (self._root / name).is_file()


class SingleFile:
    """A file that somebody named: tried whatever its name is."""

    whole = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.title = ""
        self.names = [path.name]

    def read(self, name: str) -> bytes:
        return content_of(self._path)

    def has(self, name: str) -> bool:
        return name == self._path.name


def content_of(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ReadingError("too_big")
    return content


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """What `path` names; raises BadSource."""
    from knowledge.importing.archives import archive_of

    if path.is_dir():
        yield Folder(path)
    elif not path.is_file():
        raise BadSource(f"{path}: no such file or folder")
    elif path.name.lower().endswith(ARCHIVES):
        with archive_of(path) as archive:
            yield archive
    else:
        yield SingleFile(path)

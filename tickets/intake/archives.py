"""Mails in files: mbox, Maildir, folders of .eml; one after the other, however large the archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["auto", "mbox", "maildir", "eml"]
FORMATS: tuple[Format, ...] = ("auto", "mbox", "maildir", "eml")
SUFFIXES = (".eml", ".msg.txt", ".mime", ".mail")
MAILDIR_FOLDERS = ("cur", "new")
# Mails beyond that are not read into memory at all.
MAX_BYTES = 60 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A mail and where it stands: a file, and in an mbox its number. `raw` is None for one that is too big."""

    place: str
    raw: bytes | None
    size: int


class NoArchive(Exception):
    """The path is none of the formats that can be read."""


def size_of(path: Path, form: Format) -> int:
    """All bytes that reading it will go through."""
    return sum(file.stat().st_size for file in files_of(path, form))


def mails_in(path: Path, form: Format) -> Iterator[Found]:
    for file in files_of(path, form):
        if form_of(file, path, form) == "mbox":
            yield from _mbox(file)
        else:
            yield _single(file)


def files_of(path: Path, form: Format) -> list[Path]:
    """The files, in the order of their names: an import that goes on begins at the same place."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NoArchive(str(path))
    if form == "mbox":
        return sorted(file for file in path.rglob("*") if file.is_file() and _begins_as_mbox(file))
    maildirs = sorted({folder.parent for folder in path.rglob("cur") if folder.is_dir()})
    if form == "maildir" or (form == "auto" and maildirs):
        folders = [maildir / name for maildir in maildirs for name in MAILDIR_FOLDERS]
        return sorted(file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file())
    found = sorted(file for file in path.rglob("*") if file.is_file())
    return [file for file in found if _is_mail(file, form)]


def form_of(file: Path, root: Path, form: Format) -> Format:
    if form != "auto":
        return form
    return "mbox" if file.parent.name not in MAILDIR_FOLDERS and _begins_as_mbox(file) else "eml"


def _is_mail(file: Path, form: Format) -> bool:
    named = file.name.lower().endswith(SUFFIXES)
    return named or (form == "auto" and (file.suffix.lower() in (".mbox", ".mbx") or _begins_as_mbox(file)))


def _begins_as_mbox(file: Path) -> bool:
    with file.open("rb") as handle:
        return handle.read(5) == b"From "


def _single(file: Path) -> Found:
    size = file.stat().st_size
    return Found(str(file), file.read_bytes() if size <= MAX_BYTES else None, size)


def _mbox(file: Path) -> Iterator[Found]:
    """Line by line: a mail begins at `From ` after an empty line; `>From ` within it was quoted."""
    lines: list[bytes] = []
    size = number = 0
    after_empty = True
    with file.open("rb") as handle:
        for line in handle:
            if after_empty and line.startswith(b"From "):
                if size:
                    yield _piece(file, number, lines, size)
                lines, size, number = [], 0, number + 1
                after_empty = False
                continue
            size += len(line)
            if size <= MAX_BYTES:
                lines.append(line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line)
            else:
                lines = []
            after_empty = not line.strip(b"\r\n")
    if size:
        yield _piece(file, number, lines, size)


def _piece(file: Path, number: int, lines: list[bytes], size: int) -> Found:
    return Found(f"{file}#{number}", b"".join(lines) if size <= MAX_BYTES else None, size)

"""Archives, which anybody may have made: nothing is unpacked to disk, and what they expand to is bounded.

An archive with a name that leads out of it, with links, or with more than a person would put into one is refused as a
whole, before anything in it is imported.
"""

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Self

from knowledge.importing.containers import ARCHIVES, Container, is_wanted
from knowledge.importing.errors import BadSource
from knowledge.models.documents import LANGUAGES
from knowledge.readers import MAX_BYTES, ReadingError

MOST_MEMBERS = 20_000
MOST_BYTES = 2 * 1024**3
# Texts shrink to a tenth, tables of numbers to a fiftieth; what shrinks to less was made to burst.
MOST_RATIO = 200
SMALL = 100 * 1024**2
# Of a zip's table of contents: about as much as MOST_MEMBERS names need.
MOST_DIRECTORY = 8 * 1024**2
# A tar names long paths in blocks of their own, which are read into memory.
LONGEST_NAME_BLOCK = 64 * 1024
NAME_BLOCKS = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, b"X"}
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError)
UTF8_NAME = 0x800
ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    size: int
    is_link: bool
    key: Any


@contextmanager
def archive_of(path: Path) -> Iterator[Container]:
    """The archive, looked through; raises BadSource."""
    kind = _Zip if path.name.lower().endswith(".zip") else _Tar
    try:
        archive = kind(path)
    except BROKEN as error:
        raise BadSource(f"{path}: the archive is damaged or of another kind than its name says") from error
    with archive:
        yield archive


class _Archive:
    whole = True

    def __init__(self, path: Path) -> None:
        self.title = _title(path)
        self._members: dict[str, Member] = {}
        self.names: list[str] = []

    def _list(self, members: Iterable[Member], path: Path) -> None:
        found: dict[str, Member] = {}
        total = 0
        for count, member in enumerate(members, 1):
            total += member.size
            _check(path, member, count, total)
            found[member.name] = member
        root = _common_folder(list(found))
        self._members = {name.removeprefix(root): member for name, member in found.items()}
        self.names = [name for name in self._members if is_wanted(name)]

    def has(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        try:
            with self._open(self._members[name]) as file:
                content: bytes = file.read(MAX_BYTES + 1)
        except BROKEN as error:
            raise ReadingError("broken") from error
        if len(content) > MAX_BYTES:
            raise ReadingError("too_big")
        return content

    def _open(self, member: Member) -> Any:
        raise NotImplementedError


def _check(path: Path, member: Member, count: int, total: int) -> None:
    name = member.name
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or name.startswith("\\") or ".." in parts:
        raise BadSource(f"{path}: {name!r} leads out of the archive")
    if member.is_link:
        raise BadSource(f"{path}: {name!r} is a link or a device")
    if count > MOST_MEMBERS:
        raise BadSource(f"{path}: there are more than {MOST_MEMBERS} files in the archive")
    if total > MOST_BYTES or total > max(SMALL, MOST_RATIO * path.stat().st_size):
        raise BadSource(f"{path}: the archive expands to more than is sensible")


def _title(path: Path) -> str:
    suffix = max((suffix for suffix in ARCHIVES if path.name.lower().endswith(suffix)), key=len)
    return path.name[: -len(suffix)]


def _common_folder(names: list[str]) -> str:
    """The one folder that everything lies in, unless its name is a language."""
    firsts = {name.partition("/")[0] for name in names if not name.startswith("__MACOSX/")}
    if len(firsts) != 1 or not all("/" in name for name in names):
        return ""
    first = firsts.pop()
    return "" if first in dict(LANGUAGES) else f"{first}/"


class _Zip(_Archive):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        _check_directory(path)
        self._file = zipfile.ZipFile(path)
        try:
            self._list((_zip_member(info) for info in self._file.infolist() if not info.is_dir()), path)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _open(self, member: Member) -> Any:
        if member.key.flag_bits & ENCRYPTED:
            raise ReadingError("encrypted")
        return self._file.open(member.key)


def _check_directory(path: Path) -> None:
    """Before the table of contents is read into memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    length = int.from_bytes(tail[place + 12 : place + 16], "little") if place >= 0 else 0
    if length > MOST_DIRECTORY:
        raise BadSource(f"{path}: there are more than {MOST_MEMBERS} files in the archive")


def _zip_member(info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    is_link = bool(mode) and not stat.S_ISREG(mode) and stat.S_IFMT(mode) != 0
    return Member(_zip_name(info), info.file_size, is_link, info)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Russian Windows writes names as DOS did, which the format does not say."""
    if info.flag_bits & UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "cp866"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


class _Header(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        found = super().frombuf(buf, encoding, errors)
        if found.type in NAME_BLOCKS and found.size > LONGEST_NAME_BLOCK:
            raise BadSource("an archive with names that are too long")
        return found


class _Tar(_Archive):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._file = tarfile.open(path, tarinfo=_Header)  # noqa: SIM115 - closed by __exit__
        try:
            self._list(self._listed(), path)
        except BaseException:
            self._file.close()
            raise

    def _listed(self) -> Iterator[Member]:
        """Each member is checked before what it holds is unpacked to reach the next one."""
        for info in self._file:
            if not info.isdir():
                is_link = not info.isreg() or info.issparse()
                yield Member(info.name.removeprefix("./"), info.size, is_link, info)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _open(self, member: Member) -> Any:
        return self._file.extractfile(member.key)

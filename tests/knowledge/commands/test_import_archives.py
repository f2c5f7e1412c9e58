"""Archives: what they may be, and what is refused before anything of it is imported."""

import io
import stat
import tarfile
import zipfile
from typing import Any

import pytest
from django.core.management import CommandError

from knowledge.importing import archives
from knowledge.importing.archives import archive_of
from knowledge.importing.errors import BadSource
from knowledge.models import Document
from knowledge.readers import ReadingError
from tests.knowledge.commands.conftest import PAGES, imported, run

pytestmark = pytest.mark.django_db


def zipped(path, pages, **values):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in pages.items():
            archive.writestr(name, text)
    return path


def tarred(path, pages, *, prefix="", members=()):
    modes: Any = {".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}
    with tarfile.open(path, modes.get(path.suffix, "w")) as archive:
        for name, text in pages.items():
            info = tarfile.TarInfo(prefix + name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
        for info in members:
            archive.addfile(info)
    return path


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
@pytest.mark.parametrize("prefix", ["", "handbook/", "./"])
def test_an_archive_is_imported_like_a_folder(tmp_path, suffix, prefix):
    path = tmp_path / f"handbook{suffix}"
    if suffix == ".zip":
        zipped(path, {prefix.removeprefix("./") + name: text for name, text in PAGES.items()})
    else:
        tarred(path, PAGES, prefix=prefix)
    assert imported(path).startswith("4 new")
    assert set(Document.objects.values_list("source", flat=True)) == {f"handbook/{name}" for name in PAGES}
    assert "[pay](/guide/pay-en#when)" in Document.objects.get(slug="holidays-en").body


def test_a_folder_and_its_archive_are_the_same_collection(folder, tmp_path):
    imported(folder)
    assert imported(zipped(tmp_path / "handbook.zip", PAGES)).startswith("0 new, 0 changed, 4 unchanged")


def test_names_that_russian_windows_has_written_are_read(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x" * 9 + ".md": "# Отпуск\n\nТекст.\n"})
    path.write_bytes(path.read_bytes().replace(b"x" * 9 + b".md", "отпускной".encode("cp866") + b".md"))
    imported(path)
    assert Document.objects.get().source == "a/отпускной.md"


def link(name, kind, target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_link(path):
    info = zipfile.ZipInfo("passwd.md")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.md", "# Good\n\nText.\n")
        archive.writestr(info, "/etc/passwd")
    return path


GOOD = {"good.md": "# Good\n\nText.\n"}
HOSTILE = {
    "zip with a name above": lambda p: zipped(p / "a.zip", GOOD | {"../evil.md": "x"}),
    "zip with a name above, as Windows spells it": lambda p: zipped(p / "a.zip", GOOD | {"a\\..\\..\\evil.md": "x"}),
    "zip with an absolute name": lambda p: zipped(p / "a.zip", GOOD | {"/tmp/evil.md": "x"}),  # noqa: S108
    "zip with a drive": lambda p: zipped(p / "a.zip", GOOD | {"C:/evil.md": "x"}),
    "zip with a link": lambda p: zip_link(p / "a.zip"),
    "zip that bursts": lambda p: zipped(p / "a.zip", GOOD | {"big.md": "0" * 3_000_000}),
    "tar with a name above": lambda p: tarred(p / "a.tar", GOOD | {"../evil.md": "x"}),
    "tar with an absolute name": lambda p: tarred(p / "a.tar.gz", GOOD | {"/tmp/evil.md": "x"}),  # noqa: S108
    "tar with a symbolic link": lambda p: tarred(p / "a.tar", GOOD, members=[link("x.md", tarfile.SYMTYPE)]),
    "tar with a hard link": lambda p: tarred(p / "a.tar", GOOD, members=[link("x.md", tarfile.LNKTYPE, "good.md")]),
    "tar with a device": lambda p: tarred(p / "a.tar", GOOD, members=[link("x.md", tarfile.CHRTYPE)]),
    "tar that bursts": lambda p: tarred(p / "a.tgz", GOOD | {"big.md": "0" * 3_000_000}),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_as_a_whole(tmp_path, make, monkeypatch):
    monkeypatch.setattr(archives, "SMALL", 1_000_000)
    with pytest.raises(CommandError, match="imported: 1"):
        run("import_knowledge", make(tmp_path))
    assert not Document.objects.exists()


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 20)
    many = {f"{number}.md": "x" for number in range(21)}
    for path in (zipped(tmp_path / "a.zip", many), tarred(tmp_path / "a.tar", many)):
        with pytest.raises(BadSource, match="more than 20 files"), archive_of(path):
            pass


def test_a_table_of_contents_that_fills_the_memory_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_DIRECTORY", 1000)
    path = zipped(tmp_path / "a.zip", {f"{number:050}.md": "" for number in range(20)})
    with pytest.raises(BadSource, match="more than"), archive_of(path):
        pass


def test_a_name_that_fills_the_memory_is_not_read(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("x" * 100_000 + ".md"))
    with pytest.raises(BadSource, match="too long"), archive_of(path):
        pass


def test_a_size_that_is_a_lie_does_not_matter(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.md": "x" * 5000})
    content = path.read_bytes().replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    with archive_of(path) as archive, pytest.raises(ReadingError, match="damaged"):
        archive.read("a.md")


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
@pytest.mark.parametrize(
    "content", [b"", b"nonsense" * 100, b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"BZh9", b"\xfd7zXZ\x00"]
)
def test_a_damaged_archive_is_reported(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError, match="imported: 1"):
        run("import_knowledge", path)


def test_a_truncated_archive_gives_what_it_has_or_nothing(tmp_path):
    path = tarred(tmp_path / "a.tar.gz", {f"{number}.md": f"# Page {number}\n\nText.\n" * 50 for number in range(50)})
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CommandError):
        run("import_knowledge", path)


def test_one_damaged_member_is_reported_and_the_rest_goes_on(tmp_path):
    path = zipped(tmp_path / "a.zip", GOOD | {"bad.md": "# Bad\n\nUnusual words.\n"})
    content = bytearray(path.read_bytes())
    place = content.index(b"bad.md") + len(b"bad.md") + 2
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(CommandError, match="imported: 1"):
        run("import_knowledge", path)
    assert Document.objects.get().slug == "good"


def test_archives_in_archives_are_left_alone(tmp_path):
    inner = zipped(tmp_path / "inner.zip", GOOD)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "inner.zip")
        archive.writestr("one.md", "# One\n\nText.\n")
        archive.writestr("__MACOSX/._one.md", "x")
    assert imported(path).startswith("1 new")

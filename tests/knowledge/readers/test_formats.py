"""Which reader a file gets."""

import dataclasses

import pytest

from knowledge.readers import FORMATS, MAX_BYTES, ReadingError, format_of, read
from knowledge.readers.reading import messages

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04rest"


@pytest.mark.parametrize(
    ("name", "content_type", "head", "expected"),
    [
        ("a.MD", "", b"# x", "markdown"),
        ("a.txt", "text/html", b"x", "text"),
        ("page", "text/html; charset=utf-8", b"x", "html"),
        ("page", "", b"\xef\xbb\xbf <!DOCTYPE html><p>x", "html"),
        ("notes", "", b"plain words", "text"),
        ("a.txt", "", b"%PDF-1.7", "pdf"),
        ("a.pdf", "", b"no pdf at all", "pdf"),
        ("a.docx", "", ZIP, "docx"),
        ("a.tsv", "", b"a\tb", "csv"),
    ],
)
def test_the_format_is_told_by_the_bytes_then_the_name_then_the_type(name, content_type, head, expected):
    assert format_of(name, content_type, head) == expected
    assert expected in FORMATS


@pytest.mark.parametrize(
    ("name", "head", "code"),
    [
        ("a.zip", ZIP, "archive"),
        ("a.txt", ZIP, "archive"),
        ("backup.tar.gz", b"\x1f\x8b\x08", "archive"),
        ("a.tar", b"\0" * 257 + b"ustar", "archive"),
        ("a.xlsx", ZIP, "unknown_format"),
        ("a.docx", OLE, "encrypted"),
        ("a.doc", OLE, "old_word"),
        ("a.xls", OLE, "unknown_format"),
        ("a.exe", b"MZ\0", "unknown_format"),
        ("data", b"\x7fELF\0\0", "unknown_format"),
    ],
)
def test_other_files_are_refused(name, head, code):
    with pytest.raises(ReadingError) as caught:
        format_of(name, "", head)
    assert caught.value.code == code
    assert caught.value.message == messages()[code]


def test_what_is_too_big_is_refused(tmp_path):
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ReadingError, match="too big"):
        read(path, name="big.txt")


def test_what_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(ReadingError, match="could not be opened"):
        read(tmp_path / "none.txt", name="none.txt")
    with pytest.raises(ReadingError, match="could not be opened"):
        read(tmp_path / "a\0.txt", name="a.txt")


def test_a_process_that_cannot_be_started_is_an_error(monkeypatch):
    monkeypatch.setattr("knowledge.readers.sandbox.sys.executable", "/no/such/python")
    with pytest.raises(ReadingError, match="could not be opened"):
        read(b"<p>x", name="a.html")


@pytest.mark.parametrize("content_type", ["text/html\0; \ud800", "text/html; " + "x" * 1_000_000])
def test_strange_names_and_types_are_no_errors(content_type):
    assert read(b"<p>x", name="a\0\ud800/b.html", content_type=content_type).markdown == "x"


def test_what_is_beyond_the_limit_is_left_out_with_a_note(monkeypatch):
    monkeypatch.setattr("knowledge.readers.reader.MAX_TEXT", 20)
    reading = read(b"first part\n\nsecond part\n\nthird", name="a.txt")
    assert (reading.markdown, reading.notes) == ("first part", ("end_left_out",))


def test_a_reading_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(read(b"x", name="a.txt"), "title", "y")  # noqa: B010 - the type checker knows already

"""Which formats are read, and how a file's format is told."""

import re
from pathlib import PurePath

from knowledge.readers.reading import ReadingError

FORMATS: dict[str, tuple[str, ...]] = {
    "markdown": (".md", ".markdown"),
    "text": (".txt", ".text"),
    "html": (".html", ".htm", ".xhtml"),
    "pdf": (".pdf",),
    "docx": (".docx",),
    "csv": (".csv", ".tsv"),
}
CONTENT_TYPES = {
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
}
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
ARCHIVE_MARKS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
OFFICE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Office files that are zip archives too, but no Word documents.
OTHER_OFFICE = (".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".odp", ".epub", ".docm", ".dotx")
HTML_START = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--(?:(?!-->).)*-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S
)
HEAD = 4096


def format_of(name: str, content_type: str, head: bytes) -> str:
    """The key of FORMATS for a file by its first bytes, its name and its declared type, or a ReadingError."""
    suffix = PurePath(name).suffix.lower()
    named = _by_name(suffix, content_type)
    head = head[:HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(OFFICE_MARK):
        # What Word protects with a password is wrapped in the format of its old documents.
        raise ReadingError("encrypted" if named == "docx" else "old_word" if suffix == ".doc" else "unknown_format")
    if _is_archive(suffix, head):
        return _packed(suffix, named)
    return named or _by_content(suffix, head)


def _by_name(suffix: str, content_type: str) -> str:
    for key, suffixes in FORMATS.items():
        if suffix in suffixes:
            return key
    return CONTENT_TYPES.get(content_type.partition(";")[0].strip().lower(), "")


def _is_archive(suffix: str, head: bytes) -> bool:
    return suffix in ARCHIVES or head.startswith(ARCHIVE_MARKS) or head[257:262] == b"ustar"


def _packed(suffix: str, named: str) -> str:
    if named == "docx" and suffix not in ARCHIVES:
        return "docx"
    raise ReadingError("unknown_format" if suffix in OTHER_OFFICE else "archive")


def _by_content(suffix: str, head: bytes) -> str:
    if HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "html"
    # A name without an ending says nothing; one with an unknown ending says that it is something else.
    if suffix or not head or b"\0" in head:
        raise ReadingError("unknown_format" if head else "empty")
    return "text"

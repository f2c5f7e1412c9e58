"""The tree of a mail's parts. Time grows with the size of the mail, for depth and number of parts are bounded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tickets.mime.defects import Defects
from tickets.mime.fields import Fields, parameters, read_fields
from tickets.mime.limits import MAX_DEPTH, MAX_PARTS

# How far a missing boundary is looked for.
GUESS_WITHIN = 64 * 1024
GUESS = re.compile(rb"(?<![^\r\n])--([^\s-][^\r\n]{0,200}?)[ \t]*(?=[\r\n])")
KIND = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


@dataclass(slots=True)
class Part:
    """A part and those within it. `kind` is its content type, always of the form `a/b`; leaves have a body."""

    fields: Fields
    kind: str
    params: dict[str, str]
    disposition: str
    disposition_params: dict[str, str]
    body: bytes = b""
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    @property
    def charset(self) -> str:
        return self.params.get("charset", "")

    @property
    def transfer_encoding(self) -> str:
        return self.fields.plain("Content-Transfer-Encoding").partition(";")[0].strip().strip("\"'").lower()

    @property
    def file_name(self) -> str:
        """As the sender wrote it; not safe to be used as a path."""
        return self.disposition_params.get("filename") or self.params.get("name") or ""

    @property
    def content_id(self) -> str:
        return self.fields.plain("Content-ID").strip().strip("<>").strip()

    def walk(self) -> Iterator["Part"]:
        """Itself and all parts within, in the order of the mail."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack += reversed(part.children)


class TreeReader:
    """Reads one mail, or one that is attached to another: the number of parts is counted over all."""

    def __init__(self, defects: Defects) -> None:
        self.defects = defects
        self.parts = 0

    def read(self, raw: bytes) -> Part:
        start = len(raw) - len(raw.lstrip(b"\r\n \t"))
        # An empty first line means no header; only blank lines before something that looks like one are skipped.
        if start and b":" not in raw[start : start + 200].partition(b"\n")[0]:
            start = 0
        return self._part(raw, start, len(raw), depth=0, default="text/plain")

    def _part(self, raw: bytes, start: int, end: int, *, depth: int, default: str) -> Part:
        self.parts += 1
        fields, body = read_fields(raw, start, end, self.defects)
        part = _typed(fields, default)
        if part.kind.startswith("multipart/"):
            self._split(part, raw, body, end, depth=depth)
        if not part.children:
            part.body = raw[body:end]
        return part

    def _split(self, part: Part, raw: bytes, start: int, end: int, *, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self.defects.add("too_deep")
            return
        spans = self._spans(part, raw, start, end)
        default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        for first, last in spans:
            if self.parts >= MAX_PARTS:
                self.defects.add("too_many_parts")
                return
            part.children.append(self._part(raw, first, last, depth=depth + 1, default=default))

    def _spans(self, part: Part, raw: bytes, start: int, end: int) -> list[tuple[int, int]]:
        boundary = part.params.get("boundary", "").rstrip().encode("utf-8", "replace")
        spans, closed = boundary_spans(raw, start, end, boundary) if boundary else ([], False)
        if not spans:
            found = GUESS.search(raw, start, min(end, start + GUESS_WITHIN))
            if found is None:
                self.defects.add("no_boundary")
                return []
            self.defects.add("boundary_guessed")
            spans, closed = boundary_spans(raw, start, end, found[1])
        if not closed:
            self.defects.add("boundary_not_closed")
        return spans


def boundary_spans(raw: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts between the boundary's lines begin and end, and whether the last line closes the multipart."""
    spans: list[tuple[int, int]] = []
    mark, begun, position, closed = b"--" + boundary, -1, start, False
    while (found := raw.find(mark, position, end)) >= 0:
        position = found + len(mark)
        if not _is_line(raw, found, position, start, end):
            continue
        if begun >= 0:
            spans.append((begun, _before_break(raw, begun, found)))
            if len(spans) >= MAX_PARTS:
                return spans, False
        # Parts after the end are read as well: some hide files there, and broken programs use one boundary twice.
        closed = raw[position : position + 2] == b"--"
        position = _next_line(raw, position, end)
        begun = -1 if closed else position
    if begun >= 0:
        spans.append((begun, end))
    return spans, closed


def _is_line(raw: bytes, found: int, after: int, start: int, end: int) -> bool:
    if found > start and raw[found - 1 : found] not in (b"\n", b"\r"):
        return False
    rest = raw[after : min(end, after + 2)]
    return not rest or rest[:1] in b"\r\n \t" or rest == b"--"


def _before_break(raw: bytes, begun: int, found: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if found > begun and raw[found - 1 : found] == b"\n":
        found -= 1
    if found > begun and raw[found - 1 : found] == b"\r":
        found -= 1
    return found


def _next_line(raw: bytes, position: int, end: int) -> int:
    newline = raw.find(b"\n", position, end)
    old = raw.find(b"\r", position, min(end, newline if newline >= 0 else end))
    if old >= 0 and old + 1 != newline:
        return old + 1
    return newline + 1 if newline >= 0 else end


def _typed(fields: Fields, default: str) -> Part:
    kind, params = parameters(fields.first("Content-Type"))
    if not KIND.fullmatch(kind):
        # RFC 2045: what cannot be read is plain text; `text` alone is what old programs write.
        kind = default if not kind else "text/html" if "html" in kind else "text/plain"
    disposition, disposition_params = parameters(fields.first("Content-Disposition"))
    return Part(fields, kind, params, disposition, disposition_params)

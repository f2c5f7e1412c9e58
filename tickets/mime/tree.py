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
# What stands after a boundary on its line: pairs of dashes, then blanks alone.
TAIL = re.compile(rb"((?:--)*+)[ \t]*+(?=[\r\n]|\Z)")
# What mail programs write before the first boundary for programs that know no parts.
NOTICE = re.compile(rb"\bmime\b|multi-?\s?part", re.IGNORECASE)
NOTICE_WITHIN = 1_000


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
        found = self._spans(part, raw, start, end)
        default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        for first, last in found.spans:
            if self.parts >= MAX_PARTS:
                self.defects.add("too_many_parts")
                return
            part.children.append(self._part(raw, first, last, depth=depth + 1, default=default))
        self._keep_words_before(part, raw, start, found.begin)

    def _spans(self, part: Part, raw: bytes, start: int, end: int) -> "Spans":
        boundary = part.params.get("boundary", "").rstrip().encode("utf-8", "replace")
        found = boundary_spans(raw, start, end, boundary) if boundary else Spans(start)
        if not found.spans:
            guess = GUESS.search(raw, start, min(end, start + GUESS_WITHIN))
            if guess is None:
                self.defects.add("no_boundary")
                return Spans(start)
            self.defects.add("boundary_guessed")
            found = boundary_spans(raw, start, end, guess[1])
        if not found.closed:
            self.defects.add("boundary_not_closed")
        return found

    def _keep_words_before(self, part: Part, raw: bytes, start: int, end: int) -> None:
        """Where the first boundary line was forgotten, the text stands before the one that comes first."""
        if not raw[start:end].strip() or self.parts >= MAX_PARTS:
            return
        kinds = {leaf.kind for leaf in part.walk() if leaf.disposition != "attachment" and leaf.body.strip()}
        if "text/plain" in kinds:
            return
        fields, body = read_fields(raw, start, end, Defects())
        if not any(name.lower().startswith("content-") for name, _ in fields.items):
            if "text/html" in kinds or NOTICE.search(raw, start, min(end, start + NOTICE_WITHIN)):
                return
            fields, body = Fields(), start
        before = _typed(fields, "text/plain")
        if before.kind in ("text/plain", "text/html"):
            before.body = raw[body : _before_break(raw, body, end)]
            self.parts += 1
            self.defects.add("text_before_boundary")
            part.children.insert(0, before)


@dataclass(slots=True)
class Spans:
    """Where the parts of a multipart stand, where its first boundary line does, and whether its last one closes it."""

    begin: int
    spans: list[tuple[int, int]] = field(default_factory=list)
    closed: bool = False


def boundary_spans(raw: bytes, start: int, end: int, boundary: bytes) -> Spans:
    """The parts between the boundary's lines."""
    out = Spans(start)
    mark, begun, position, first = b"--" + boundary, -1, start, True
    inner = InnerBoundaries(raw, boundary, start)
    while (found := raw.find(mark, position, end)) >= 0:
        position = found + len(mark)
        tail = _tail(raw, found, position, start, end)
        if tail is None or not inner.is_ours(tail, found):
            continue
        if first:
            out.begin, first = found, False
        if begun >= 0:
            out.spans.append((begun, _before_break(raw, begun, found)))
            if len(out.spans) >= MAX_PARTS:
                out.closed = False
                return out
        # Parts after the end are read as well: some hide files there, and broken programs use one boundary twice.
        out.closed = tail == 1
        position = _next_line(raw, position, end)
        begun = -1 if out.closed else position
        inner.restart(position)
    if begun >= 0:
        out.spans.append((begun, end))
    return out


class InnerBoundaries:
    """Boundaries of parts within that are ours with dashes behind: a line of theirs reads like our end.

    Ours is `a`, one within is `a--`: then `--a--` begins a part of it, and only after its own end, `--a----`, ends us.
    Of the boundaries that fit a whole line the longest one counts. They are looked for when a line is in doubt, each
    byte once.
    """

    def __init__(self, raw: bytes, boundary: bytes, position: int) -> None:
        self.raw = raw
        self.declared = re.compile(
            rb"boundary[ \t]*=[ \t]*(\"?)" + re.escape(boundary) + rb"((?:--)++)\1[ \t]*(?=[;\r\n])", re.IGNORECASE
        )
        self.restart(position)

    def restart(self, position: int) -> None:
        """Another part of ours begins: what was open within the former one is over."""
        self.open: set[int] = set()
        self.seen = position

    def is_ours(self, dashes: int, found: int) -> bool:
        """Whether the line at `found`, our boundary with so many pairs of dashes, is not one of a part within."""
        if not dashes:
            return True
        self.open |= {len(one[2]) // 2 for one in self.declared.finditer(self.raw, self.seen, found)}
        self.seen = found
        if dashes in self.open:
            return False
        if dashes - 1 in self.open:
            self.open = {one for one in self.open if one < dashes - 1}
            return False
        return dashes == 1


def _tail(raw: bytes, found: int, after: int, start: int, end: int) -> int | None:
    """How many pairs of dashes end the line that is a boundary and nothing else; None for any other line."""
    if found > start and raw[found - 1 : found] not in (b"\n", b"\r"):
        return None
    tail = TAIL.match(raw, after, end)
    return len(tail[1]) // 2 if tail else None


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

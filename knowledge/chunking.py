"""Cutting a Markdown document into passages, one heading at a time."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from integrations.text.markdown import Block, blocks, sentences

LONGEST_ANCHOR = 150
LONGEST_HEADING = 300
HEADING_SEPARATOR = " › "
# Words: a passage is closed once it has TARGET, and never has more than LIMIT unless one block alone does.
TARGET_WORDS = 120
LIMIT_WORDS = 180
# A shorter rest is not worth a passage of its own.
SMALLEST_WORDS = 25
# Characters that are parsed at once: a table of 50 MB would otherwise be taken to pieces in memory as a whole.
SEGMENT = 200_000
FENCE = re.compile(r" {0,3}(```+|~~~+)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage: the path of its headings below the title, the anchor on the page, Markdown and plain text.

    `line` is where it begins in the document; `place` is the page of a PDF.
    """

    heading: str
    anchor: str
    markdown: str
    text: str
    line: int = 0
    place: str = ""


class Anchors:
    """Ids of headings as GitHub makes them: "Быстрый старт" is "быстрый-старт", a second one "быстрый-старт-1".

    `seen` says how often each was given before, in the parts of the document above.
    """

    def __init__(self, seen: Mapping[str, int] | None = None) -> None:
        self._seen = dict(seen or {})

    @staticmethod
    def base(heading: str) -> str:
        return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")[: LONGEST_ANCHOR - 5] or "section"

    def add(self, heading: str) -> str:
        anchor = self.base(heading)
        count = self._seen.get(anchor, 0)
        self._seen[anchor] = count + 1
        return f"{anchor}-{count}" if count else anchor


@dataclass(slots=True)
class Section:
    """What stands under one heading, down to the next."""

    path: tuple[str, ...] = ()
    anchor: str = ""
    blocks: list[Block] = field(default_factory=list)


def split(markdown: str, *, title: str = "") -> list[Piece]:
    """The passages of a document in their order; a first-level heading that repeats `title` is left out of paths."""
    return list(pieces(markdown, title=title))


def pieces(markdown: str, *, title: str = "", places: Sequence[Sequence[object]] = ()) -> Iterator[Piece]:
    """As `split`, one after the other. `places` are (line, anchor, label) of pages, in their order."""
    pages = [(int(str(line)), str(anchor), str(label)) for line, anchor, label in places]
    for section in _sections(markdown, title):
        yield from (_placed(piece, pages) for piece in _pieces(section))


def _placed(piece: Piece, pages: list[tuple[int, str, str]]) -> Piece:
    """A passage of a document with pages is cited by its page."""
    index = bisect_right(pages, piece.line, key=lambda page: page[0]) - 1
    if index < 0:
        return piece
    _, anchor, label = pages[index]
    return replace(piece, anchor=anchor, place=label)


def segments(markdown: str) -> Iterator[tuple[int, str]]:
    """The text in parts of about SEGMENT characters with the number of their first line; cut before headings, else
    at blank lines, never inside code."""
    lines: list[str] = []
    size = first = 0
    fence = ""
    for number, line in enumerate(re.split(r"\r\n?|\n", markdown)):
        if size >= SEGMENT and not fence and _may_cut(line, size):
            yield first, "\n".join(lines)
            lines, size, first = [], 0, number
        fence = _fence_after(line, fence)
        lines.append(line)
        size += len(line) + 1
    yield first, "\n".join(lines)


def _may_cut(line: str, size: int) -> bool:
    return line.startswith("#") or (size >= 2 * SEGMENT and not line.strip())


def _fence_after(line: str, fence: str) -> str:
    match = FENCE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    return "" if match[1].startswith(fence) and not line.strip().strip(fence[0]) else fence


def _blocks(markdown: str) -> Iterable[Block]:
    for first, text in segments(markdown):
        for block in blocks(text):
            yield replace(block, line=first + block.line) if first else block


def _sections(markdown: str, title: str) -> Iterator[Section]:
    anchors = Anchors()
    section = Section()
    above: list[tuple[int, str]] = []
    for block in _blocks(markdown):
        if block.kind != "heading":
            section.blocks.append(block)
            continue
        yield section
        anchor = anchors.add(block.text)
        above = [(level, text) for level, text in above if level < block.level]
        if not (block.level == 1 and block.text == title):
            above.append((block.level, block.text))
        section = Section(tuple(text for _, text in above), anchor if above else "")
    yield section


def _pieces(section: Section) -> Iterator[Piece]:
    heading = HEADING_SEPARATOR.join(section.path)[:LONGEST_HEADING]
    for group in _groups(section.blocks):
        yield Piece(
            heading=heading,
            anchor=section.anchor,
            markdown="\n\n".join(block.source for block in group),
            text="\n".join(block.text for block in group if block.text),
            line=group[0].line,
        )


def _groups(section: list[Block]) -> list[list[Block]]:
    """The blocks of a section in groups of readable length; a lead-in is kept with what it introduces."""
    groups: list[list[Block]] = []
    group: list[Block] = []
    for block in (part for whole in section for part in _shortened(whole) if part.text):
        if group and _is_full(group, block):
            groups.append(group)
            group = []
        group.append(block)
    if not group:
        return groups
    if groups and _words(group) < SMALLEST_WORDS and _words(groups[-1]) + _words(group) <= LIMIT_WORDS:
        groups[-1].extend(group)
        return groups
    return [*groups, group]


def _is_full(group: list[Block], block: Block) -> bool:
    if group[-1].introduces:
        return False
    words = _words(group)
    return words >= TARGET_WORDS or words + block.words > LIMIT_WORDS


def _words(group: list[Block]) -> int:
    return sum(block.words for block in group)


def _shortened(block: Block) -> Iterator[Block]:
    """The block, or its parts when it is too long and may be cut: at sentences or between list items."""
    if block.words <= LIMIT_WORDS or block.kind not in {"paragraph", "list"}:
        yield block
        return
    joint = "\n" if block.kind == "list" else " "
    parts = block.items if block.kind == "list" else sentences(block.source)
    run: list[str] = []
    for part in parts:
        if run and len(joint.join([*run, part]).split()) > TARGET_WORDS:
            yield _part(block, joint.join(run))
            run = []
        run.append(part)
    yield _part(block, joint.join(run))


def _part(block: Block, source: str) -> Block:
    text = " ".join(part.text for part in blocks(source))
    return replace(block, source=source, text=text, items=())

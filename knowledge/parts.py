"""Long documents on the guide's pages: in parts, each read from the database by itself."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.core.cache import cache
from django.db.models.functions import Substr

from integrations.text.markdown import inline_text, parser
from knowledge.chunking import FENCE, Anchors, segments
from knowledge.models import Document

# Characters that are still shown on one page.
LONGEST_PAGE = 300_000
KEPT_SECONDS = 24 * 3600
NEWLINE = re.compile(r"\r\n?|\n")
HEADING = re.compile(r"#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
MARKED = re.compile(r"[\\`*_\[\]<>&!]")


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `start + length` of a document; `line` is their first line, `seen` says how often the
    anchors of its headings were given in the parts above."""

    line: int
    start: int
    length: int
    seen: dict[str, int]


def parts_of(document: Document) -> list[Part]:
    """Where the parts of a long document begin; worked out once for each of its texts."""
    key = f"knowledge-parts:{document.pk}:{document.updated_at.timestamp()}"
    found: list[Part] | None = cache.get(key)
    if found is None:
        found = list(_parts(document.body))
        cache.set(key, found, KEPT_SECONDS)
    return found


def _parts(body: str) -> Iterator[Part]:
    breaks = NEWLINE.finditer(body)
    start = 0
    seen: Counter[str] = Counter()
    for line, text in segments(body):
        anchors = Counter(Anchors.base(heading) for heading in _headings(text))
        lines = text.count("\n") + 1
        last = next(islice(breaks, lines - 1, None), None)
        end, following = last.span() if last else (len(body), len(body))
        yield Part(line, start, end - start, {anchor: seen[anchor] for anchor in anchors if seen[anchor]})
        seen.update(anchors)
        start = following


def _headings(text: str) -> Iterator[str]:
    """The headings of a part without parsing all of it."""
    fence = ""
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and line.startswith("#") and (heading := HEADING.fullmatch(line)):
            yield _words(heading[1] or "")


def _words(source: str) -> str:
    return inline_text(parser().parseInline(source)[0]) if MARKED.search(source) else source


def part_at(parts: list[Part], line: int) -> int:
    """The index of the part that holds a line."""
    return max(0, bisect_right(parts, line, key=lambda part: part.line) - 1)


def text_of(document: Document, part: Part) -> str:
    """One query; the rest of the text stays where it is."""
    rows = Document.objects.filter(pk=document.pk)
    found: str | None = rows.values_list(Substr("body", part.start + 1, part.length), flat=True).first()
    return found or ""

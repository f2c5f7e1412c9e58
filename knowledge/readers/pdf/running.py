"""Running heads, running feet and page numbers: what stands at the edges of page after page."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from knowledge.readers.pdf.segments import Segment

# Shares of the page's height at its top and its bottom.
EDGE = 0.13
NUMBER_EDGE = 0.2
OFTEN = 3
# Larger ones are headings that each page begins with: "Step 1", "Step 2".
LARGE = 1.15
LINE_STEP = 4.0
PAGE_NUMBER = re.compile(
    r"(?:page|p\.|стр\.?|страница|с\.)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxl]{1,7})\s*(?:[-–—|]|(?:of|из|/)\s*\d{1,4})?", re.I
)

type Key = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its number from 1, its height, and what stands on it."""

    number: int
    height: float
    segments: list[Segment]


def without_running(sheets: list[Sheet], body_size: float) -> list[Sheet]:
    """The pages without what they have in common at their edges."""
    running = _often(_key, EDGE, sheets) | _often(_number_line, EDGE, sheets)
    return [Sheet(sheet.number, sheet.height, _kept(sheet, running, body_size)) for sheet in sheets]


def _often(key: Callable[[Segment, Sheet], Key], share: float, sheets: list[Sheet]) -> set[Key]:
    """The keys that several pages have at their edges."""
    seen = Counter(found for sheet in sheets for found in {key(part, sheet) for part in _at_edges(sheet, share)})
    often = min(OFTEN, max(2, len(sheets)))
    return {found for found, count in seen.items() if count >= often and found[1]}


def _kept(sheet: Sheet, running: set[Key], body_size: float) -> list[Segment]:
    gone = {
        id(part)
        for part in _at_edges(sheet, EDGE)
        if part.size < LARGE * body_size and not running.isdisjoint({_key(part, sheet), _line(part, sheet)})
    }
    kept = [part for part in sheet.segments if id(part) not in gone]
    rest = Sheet(sheet.number, sheet.height, kept)
    numbers = {id(part) for part in _at_edges(rest, NUMBER_EDGE) if _is_number(part, rest)}
    return [part for part in kept if id(part) not in numbers]


def _at_edges(sheet: Sheet, share: float) -> Iterator[Segment]:
    limit = sheet.height * share
    return (part for part in sheet.segments if part.bottom < limit or part.top > sheet.height - limit)


def _key(segment: Segment, sheet: Sheet) -> Key:
    """Whether it is at the top, and its words without the number of the page."""
    return segment.middle < sheet.height / 2, re.sub(r"\d+", "#", segment.text.lower())


def _line(segment: Segment, sheet: Sheet) -> Key:
    """Whether it is at the top, and how far down: what shares the line of the page numbers is a running head."""
    return segment.middle < sheet.height / 2, f"line {round(segment.middle / LINE_STEP)}"


def _number_line(segment: Segment, sheet: Sheet) -> Key:
    return _line(segment, sheet) if PAGE_NUMBER.fullmatch(segment.text) else (False, "")


def _is_number(segment: Segment, sheet: Sheet) -> bool:
    """A number alone on the outermost line of the page."""
    if not PAGE_NUMBER.fullmatch(segment.text):
        return False
    others = [part for part in sheet.segments if part is not segment]
    is_top = segment.middle < sheet.height / 2
    beyond = (part.bottom <= segment.top if is_top else part.top >= segment.bottom for part in others)
    beside = (abs(part.middle - segment.middle) < segment.size / 2 for part in others)
    return not any(beyond) and not any(beside)

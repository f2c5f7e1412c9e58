"""Plain words as Markdown that reads as the same words; only what would be taken for marks is escaped."""

import re

INLINE = re.compile(
    r"(?P<mark>[`\\]|(?<!\s)\*|\*(?!\s)|(?<!\w)_|_(?!\w)|\[(?=[^\[\]\n]*\][(\[])"
    r"|&(?=#?\w{1,31};))"
)
BLOCK = re.compile(r"(?P<mark>#(?=#{0,5}(\s|$))|[-+](?=\s|$)|>|~(?=~~)|[-=](?=[-= ]*$)|\|)")
NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
DEFINITION = re.compile(r"\[(?=[^\]]+\]:)")
SPACES = re.compile(r"[^\S\n]+")


def inline(text: str) -> str:
    """Words within a line."""
    return INLINE.sub(r"\\\g<mark>", text)


def line(text: str) -> str:
    """A whole line of words."""
    return guarded(inline(text.strip()))


def guarded(markdown: str) -> str:
    """A line of Markdown that would else begin a heading, a list, a quote or a line across."""
    if match := NUMBER.match(markdown):
        return f"{match[1]}\\{markdown[match.end(1) :]}"
    if BLOCK.match(markdown) or DEFINITION.match(markdown):
        return f"\\{markdown}"
    return markdown


def paragraph(text: str) -> str:
    """A paragraph of several lines."""
    return "\n".join(line(part) for part in text.split("\n") if part.strip())


def cell(markdown: str) -> str:
    """Markdown for the cell of a table: on one line, with its bars escaped."""
    return " ".join(markdown.split()).replace("|", "\\|")


def table(rows: list[list[str]]) -> str:
    """A Markdown table of cells that are Markdown already; the first row is its head."""
    width = max(map(len, rows))
    full = [[cell(part) for part in row] + [""] * (width - len(row)) for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in full]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def spaced(text: str) -> str:
    """The text with single spaces instead of runs of them."""
    return SPACES.sub(" ", text)

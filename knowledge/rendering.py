"""Documents as safe HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import nh3
from django.utils.html import format_html
from django.utils.translation import gettext as _
from markdown_it.token import Token

from integrations.text.markdown import inline_text, parser
from knowledge.chunking import Anchors

TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "span": {"id", "class"},
    **{tag: {"id"} for tag in HEADINGS},
}
SCHEMES = {"http", "https", "mailto"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A document's HTML, sanitised, without the first heading that repeats its title; and its sections."""

    html: str
    contents: list[Entry]


def render(
    markdown: str, *, title: str, seen: Mapping[str, int] | None = None, places: Sequence[Sequence[object]] = ()
) -> Page:
    """The page of a document; its headings have the ids that passages link to.

    For a part of a document `seen` holds the anchors of the parts above (see Anchors). `places` are (line, anchor,
    label) of the pages of a PDF, with lines counted from the first one of `markdown`.
    """
    markdown_parser = parser()
    tokens = markdown_parser.parse(markdown)
    contents = _mark_headings(tokens, Anchors(seen))
    tokens = _scrolling_tables(_without_title(_with_places(tokens, places), title))
    html = markdown_parser.renderer.render(tokens, markdown_parser.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    return Page(clean, contents)


def _with_places(tokens: list[Token], places: Sequence[Sequence[object]]) -> list[Token]:
    """A mark before the first block of each page; a page that begins within a block is marked behind it."""
    waiting = [(int(str(line)), str(anchor), str(label)) for line, anchor, label in places]
    marked: list[Token] = []
    for token in tokens:
        is_block = token.level == 0 and token.nesting >= 0 and token.map is not None
        while is_block and token.map and waiting and waiting[0][0] <= token.map[0]:
            marked.append(_mark(*waiting.pop(0)[1:]))
        marked.append(token)
    return [*marked, *(_mark(anchor, label) for _line, anchor, label in waiting)]


def _mark(anchor: str, label: str) -> Token:
    text = _("Page %(number)s") % {"number": label}
    return Token("html_block", "", 0, content=format_html('<span id="{}" class="page-mark">{}</span>\n', anchor, text))


def _mark_headings(tokens: list[Token], anchors: Anchors) -> list[Entry]:
    contents = []
    for token, inline in zip(tokens, tokens[1:], strict=False):
        # Headings inside lists and quotes are no sections, and have no passages of their own.
        if token.type != "heading_open" or token.level:
            continue
        text = inline_text(inline)
        anchor = anchors.add(text)
        token.attrSet("id", anchor)
        if token.tag == "h2":
            contents.append(Entry(anchor, text))
    return contents


def _without_title(tokens: list[Token], title: str) -> list[Token]:
    first = next((index for index, token in enumerate(tokens) if token.type != "html_block"), 0)
    heading = tokens[first : first + 2]
    starts_with_title = len(heading) == 2 and heading[0].tag == "h1" and inline_text(heading[1]) == title
    return [*tokens[:first], *tokens[first + 3 :]] if starts_with_title else tokens


def _scrolling_tables(tokens: list[Token]) -> list[Token]:
    """Wide tables scroll by themselves, by keyboard too, instead of widening the page."""
    framed: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            framed.append(Token("div_open", "div", 1, attrs={"class": "table-scroll", "tabindex": "0"}))
        framed.append(token)
        if token.type == "table_close":
            framed.append(Token("div_close", "div", -1))
    return framed

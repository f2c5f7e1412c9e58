"""Documents as safe HTML."""

from dataclasses import dataclass

import nh3
from markdown_it.token import Token

from integrations.text.markdown import inline_text, parser
from knowledge.chunking import Anchors

TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
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


def render(markdown: str, *, title: str) -> Page:
    """The page of a document; its headings have the ids that passages link to."""
    markdown_parser = parser()
    tokens = markdown_parser.parse(markdown)
    contents = _mark_headings(tokens)
    tokens = _scrolling_tables(_without_title(tokens, title))
    html = markdown_parser.renderer.render(tokens, markdown_parser.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    return Page(clean, contents)


def _mark_headings(tokens: list[Token]) -> list[Entry]:
    anchors = Anchors()
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
    starts_with_title = len(tokens) > 2 and tokens[0].tag == "h1" and inline_text(tokens[1]) == title
    return tokens[3:] if starts_with_title else tokens


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

"""Whether a page that a model wrote may be kept. The problems are named so that the model can mend them."""

import re
from collections.abc import Iterator
from typing import Any

import lxml.etree
import lxml.html

from chat.artifacts.limits import CSS_LENGTH, HTML_LENGTH, JS_LENGTH, TITLE_LENGTH

MOST_PROBLEMS = 6
DEEPEST = 100
# What PostgreSQL and XML parsers cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": TITLE_LENGTH},
        "html": {"type": "string", "minLength": 1, "maxLength": HTML_LENGTH},
        "css": {"type": "string", "maxLength": CSS_LENGTH},
        "js": {"type": "string", "maxLength": JS_LENGTH},
    },
    "required": ["title", "html", "css", "js"],
    "additionalProperties": False,
}

FORBIDDEN_ELEMENTS = frozenset(
    "html head body base link meta style script iframe frame frameset object embed applet portal".split()
)
# Attributes whose value is fetched or opened.
ADDRESSES = frozenset("href src action formaction poster data background cite longdesc ping manifest".split())
INNER_ADDRESS = re.compile(r"\s*(?:#|data:image/|$)", re.IGNORECASE)
FETCHES = re.compile(r"@import|url\s*\((?!\s*['\"]?\s*(?:data:|#|['\"]?\s*\)))", re.IGNORECASE)
OUTSIDE = re.compile(r"(?:\b(?:https?|wss?|ftp):|['\"`])//(?!www\.w3\.org/)\w", re.IGNORECASE)
# What a sandboxed page cannot do; code that tries would stop there.
BARRED_CODE = {
    "localStorage or sessionStorage": re.compile(r"\b(?:local|session)Storage\b"),
    "document.cookie": re.compile(r"\bdocument\s*\.\s*cookie\b"),
    "requests to a server": re.compile(r"\b(?:fetch\s*\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon)"),
    "import of other scripts": re.compile(r"\bimport\s*[\s({'\"*]|\bimportScripts\b"),
    "the surrounding page (parent, top, opener)": re.compile(r"\bwindow\s*\.\s*(?:parent|top|opener)\b"),
    "navigation (location, window.open)": re.compile(
        r"\b(?:window|document)\s*\.\s*location\b|\blocation\s*\.\s*(?:href|assign|replace)\b|\bwindow\s*\.\s*open\b"
    ),
    "alert, confirm or prompt": re.compile(r"(?<![.\w])(?:window\s*\.\s*)?(?:alert|confirm|prompt)\s*\("),
}


def printable(text: str) -> str:
    """The text without what no database or parser can hold."""
    return UNPRINTABLE.sub("", text)


def page_problem(page: dict[str, str]) -> str:
    """What is wrong with a page that fits SCHEMA, in words for the model; empty when nothing is."""
    problems = [*_of_html(printable(page["html"])), *_of_css(page["css"]), *_of_js(page["js"])]
    return "; ".join(dict.fromkeys(problems[:MOST_PROBLEMS]))


def _of_html(html: str) -> Iterator[str]:
    try:
        root = lxml.html.fragment_fromstring(html, create_parent="div")
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError):
        yield "html: it cannot be parsed"
        return
    elements = [element for element in root.iterdescendants() if isinstance(element.tag, str)]
    for element in elements:
        yield from _of_element(element)
    if not elements:
        yield "html: it has no elements"
    # Below its limit the parser drops what it has not shown us.
    if _depth(root) > DEEPEST:
        yield "html: its elements are nested too deeply"


def _depth(root: Any) -> int:
    deepest = depth = 0
    for event, _element in lxml.etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _of_element(element: Any) -> Iterator[str]:
    tag = element.tag.lower()
    if tag in FORBIDDEN_ELEMENTS:
        yield f"html: <{tag}> is not allowed; give only what goes into the body, styles in css and code in js"
    for name, value in element.attrib.items():
        local = name.lower().rpartition(":")[2]
        if local in ADDRESSES and not INNER_ADDRESS.match(value):
            yield f"html: {name} of <{tag}> must be an anchor (#...) or a data: image"
        elif local == "srcset" or local == "srcdoc":
            yield f"html: {name} of <{tag}> is not allowed"
        elif local == "style" and FETCHES.search(value):
            yield f"html: the style of <{tag}> may not fetch anything"


def _of_css(css: str) -> Iterator[str]:
    if FETCHES.search(css):
        yield "css: no @import, and url() only with data:"
    if "<" in css:
        yield "css: it has markup in it"


def _of_js(js: str) -> Iterator[str]:
    if OUTSIDE.search(js):
        yield "js: no addresses of other servers"
    for what, pattern in BARRED_CODE.items():
        if pattern.search(js):
            yield f"js: {what} does not work in the sandbox; do without it"

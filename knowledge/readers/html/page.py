"""Web pages: what they say, without what surrounds it."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

from knowledge.readers.encoding import decode
from knowledge.readers.html.inline import legal
from knowledge.readers.html.markup import markdown_of
from knowledge.readers.language import language_of
from knowledge.readers.reading import CHARACTERS_LOST, END_LEFT_OUT, PICTURES_LEFT_OUT, Draft, ReadingError

CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.I)
HEAD = 4096
SILENT = {
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "audio", "video",
    "select", "button", "input", "textarea", "nav", "aside", "dialog", "footer", "head", "map", "progress", "datalist",
}  # fmt: skip
PICTURES = {"img", "picture", "svg", "canvas", "video"}
ROLES = {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu", "menubar"}
# Words in classes and ids of what is around the text.
CHROME = {
    "cookie", "cookies", "consent", "gdpr", "breadcrumb", "breadcrumbs", "navbar", "navigation", "nav", "sidebar",
    "pagination", "advert", "advertisement", "ads", "popup", "modal", "newsletter", "subscribe", "share", "sharing",
    "social", "skip", "footer", "menu", "toc", "headerlink", "comments",
}  # fmt: skip
# Words that say that the text itself is inside, next to a sidebar for example.
CONTENT = {"with", "has", "no", "content", "layout", "wrapper", "container", "main", "page", "body", "text", "article"}
MAIN = (
    ".//main", ".//*[@role='main']", ".//article", ".//*[@itemprop='articleBody']", ".//*[@id='main-content']",
    ".//*[@id='content']", ".//*[@id='main']",
)  # fmt: skip
# An element that holds less of the text than this is not what the page is about.
MAIN_SHARE = 0.4
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def read_page(data: bytes, content_type: str = "") -> Draft:
    text, is_whole = decode(data, declared=_declared(data, content_type))
    root, is_cut = _tree(text)
    title = _document_title(root)
    _remove(root, [node for node in root.iter() if not isinstance(node.tag, str)])
    has_pictures = next(root.iter(*PICTURES), None) is not None
    main = _main(root)
    markdown = markdown_of(main)
    if not markdown:
        raise ReadingError("broken" if is_cut else "no_text" if has_pictures else "empty")
    language = language_of(markdown, declared=root.get("lang") or "")
    notes = {
        CHARACTERS_LOST: not is_whole,
        END_LEFT_OUT: is_cut,
        PICTURES_LEFT_OUT: next(main.iter(*PICTURES), None) is not None,
    }
    return Draft(markdown, _heading(main) or title, language, notes=tuple(note for note in notes if notes[note]))


def _declared(data: bytes, content_type: str) -> str:
    """The encoding that the page names, else the one it was sent with."""
    sent = re.search(r"charset\s*=\s*[\"']?([\w:.-]+)", content_type, re.I)
    match = CHARSET.search(data[:HEAD])
    return match[1].decode("ascii", "ignore") if match else sent[1] if sent else ""


def _tree(text: str) -> tuple[Element, bool]:
    """The page, and whether its end is missing: the parser gives up on elements nested thousands deep."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.LxmlError as error:
        raise ReadingError("broken") from error
    if root is None:
        raise ReadingError("empty")
    return root, any("depth" in entry.message for entry in parser.error_log)


def _document_title(root: Element) -> str:
    return next((_plain(node) for node in root.iter("title")), "")


def _heading(main: Element) -> str:
    """The one first-level heading of a page is its title; several are none."""
    found = [_plain(node) for node in main.iter("h1")]
    return found[0] if len(found) == 1 else ""


def _plain(node: Element) -> str:
    return " ".join("".join(node.itertext()).split())


def _main(root: Element) -> Element:
    """The element that holds what the page says, cleared of everything else."""
    body = root.find("body")
    body = root if body is None else body
    _remove(body, [node for node in body.iter(*SILENT) if not _holds_main(node)])
    _remove(body, [node for node in body.iter() if _is_hidden(node) or node.get("role") in ROLES])
    _remove(body, list(_page_headers(body)))
    _remove(body, [node for node in body.iter() if _is_chrome(node)])
    return _marked_main(body)


def _marked_main(body: Element) -> Element:
    size = len(_plain(body))
    for path in MAIN:
        found = body.findall(path)
        if len(found) == 1 and len(_plain(found[0])) >= size * MAIN_SHARE:
            return found[0]
    return body


def _remove(root: Element, nodes: list[Element]) -> None:
    """Takes elements out with all in them; the words after them stay."""
    for node in nodes:
        parent = node.getparent()
        if parent is None or node is root:
            continue
        _keep_tail(node, parent)
        parent.remove(node)


def _keep_tail(node: Element, parent: Element) -> None:
    if not node.tail:
        return
    before = node.getprevious()
    if before is not None:
        before.tail = legal((before.tail or "") + node.tail)
    else:
        parent.text = legal((parent.text or "") + node.tail)
    node.tail = None


def _page_headers(body: Element) -> Iterator[Element]:
    """Headers of the page; those of an article hold its title."""
    for node in body.iter("header"):
        if next(node.iterancestors("main", "article", "section"), None) is None and not _holds_main(node):
            yield node


def _is_hidden(node: Element) -> bool:
    return (
        node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or bool(HIDDEN.search(node.get("style") or ""))
    )


def _is_chrome(node: Element) -> bool:
    if node.tag in {"html", "body", "main", "article"}:
        return False
    names = f"{node.get('class') or ''} {node.get('id') or ''}".split()
    return any(_names_chrome(name) for name in names) and not _holds_main(node)


def _names_chrome(name: str) -> bool:
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    return bool(words & CHROME) and not words & CONTENT


def _holds_main(node: Element) -> bool:
    return next(node.iterdescendants("main", "article", "h1"), None) is not None

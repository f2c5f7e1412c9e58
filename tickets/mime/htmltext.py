"""HTML mails as plain text: paragraphs, lists, cells, links; quotations get the `>` marks that plain mails have."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from tickets.mime.limits import MAX_HTML, MAX_TEXT

HIDDEN = frozenset("head link math meta noscript object script style svg template title".split())
BLOCKS = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "html li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "dl", "pre"})
BLANKS = re.compile(r"[ \t\r\n\f\u200b\u200c\u034f\u00ad\ufeff]+")
INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)|mso-hide\s*:\s*all", re.I
)
MANY_BREAKS = re.compile(r"\n{3,}")
MAX_QUOTES = 20


def text_of(markup: str) -> str:
    """The visible text. Broken, hostile and deep markup gives what can be read of it."""
    root = _parsed(markup[:MAX_HTML])
    if root is None:
        return ""
    writer = _Writer()
    skipped: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if skipped is None:
                writer.add(element.tail)
        elif event == "start":
            skipped = _start(writer, element, skipped)
        elif skipped is None:
            writer.end(element)
        elif element is skipped:
            skipped = None
            writer.add(element.tail)
    return writer.text()


def _start(writer: "_Writer", element: Any, skipped: Any) -> Any:
    if skipped is not None:
        return skipped
    if element.tag in HIDDEN or (element.get("style") and INVISIBLE.search(element.get("style"))):
        return element
    writer.start(element)
    return None


def _parsed(markup: str) -> Any:
    if not markup.strip():
        return None
    # The bytes are UTF-8 whatever a <meta> in them says.
    parser = html.HTMLParser(encoding="utf-8", remove_pis=False)
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


class _Writer:
    """Builds lines; each line knows how deep it is quoted."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
        self.pre = 0
        self.size = 0

    def start(self, element: Any) -> None:
        tag = element.tag
        if tag in BLOCKS:
            self._break(paragraph=tag in PARAGRAPHS)
        if tag == "blockquote":
            self.quotes += 1
        elif tag == "pre":
            self.pre += 1
        elif tag == "br":
            self._flush()
        elif tag == "hr":
            self.line = "-----"
            self._flush()
        elif tag == "li":
            self.line = "- "
        elif tag in ("td", "th") and self.line.strip():
            self.line = self.line.rstrip() + " | "
        elif tag == "img" and (alt := BLANKS.sub(" ", element.get("alt") or "").strip()):
            self.line += f"[{alt}]"
        if tag not in ("br", "hr", "img"):
            self.add(element.text)

    def end(self, element: Any) -> None:
        tag = element.tag
        if tag == "a":
            self._link(element)
        if tag in BLOCKS:
            self._break(paragraph=tag in PARAGRAPHS)
        if tag == "blockquote":
            self.quotes -= 1
        elif tag == "pre":
            self.pre -= 1
        self.add(element.tail)

    def add(self, text: str | None) -> None:
        if not text or self.size > MAX_TEXT:
            return
        if self.pre:
            *whole, last = text.replace("\r", "").split("\n")
            for line in whole:
                self.line += line
                self._flush()
            self.line += last
            return
        text = BLANKS.sub(" ", text)
        self.line += text.lstrip(" ") if not self.line or self.line.endswith(" ") else text

    def _link(self, element: Any) -> None:
        """An address that the link's own words do not show."""
        target = (element.get("href") or "").strip()
        if not target.lower().startswith(("http://", "https://")) or len(target) > 2_000:
            return
        shown = "".join(_texts(element))
        if shown.strip() and not _shows(shown, target):
            self.line = self.line.rstrip() + f" <{target}>"

    def _break(self, *, paragraph: bool) -> None:
        if self.line.strip():
            self._flush()
        self.line = ""
        if paragraph and self.lines and self.lines[-1].strip("> "):
            self.lines.append(_mark(self.quotes).rstrip())

    def _flush(self) -> None:
        line = (_mark(self.quotes) + self.line.replace("\xa0", " ").rstrip()).rstrip()
        self.size += len(line) + 1
        if self.size <= MAX_TEXT:
            self.lines.append(line)
        self.line = ""

    def text(self) -> str:
        self._break(paragraph=False)
        return MANY_BREAKS.sub("\n\n", "\n".join(self.lines)).strip("\n")


def _mark(quotes: int) -> str:
    return ">" * min(quotes, MAX_QUOTES) + " " if quotes else ""


def _texts(element: Any) -> Iterator[str]:
    """The words of a link, without going through a whole mail that stands in one."""
    length = 0
    for text in element.itertext():
        yield text
        length += len(text)
        if length > 500:
            return


def _shows(shown: str, target: str) -> bool:
    bare = "".join(shown.split()).rstrip("/").removeprefix("https://").removeprefix("http://")
    return bare in target

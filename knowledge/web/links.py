"""Links of a page as they work elsewhere."""

import re
from urllib.parse import urljoin

from knowledge.web.locations import host_of

# Code stays as it is, so it is matched first.
PARTS = re.compile(
    r"(?P<code>^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[^\n]*$|\Z)|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<before>\]\([ ]?<?)(?P<target>[^\s()<>]+)",
    re.M | re.S,
)
BASE = re.compile(rb"<base\s[^>]{0,500}?href\s*=\s*[\"']?([^\"'\s>]{1,2000})", re.I)
HEAD = 65_536
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#", re.I)


def base_of(url: str, content: bytes) -> str:
    """What relative links of the web page at `url` are relative to."""
    match = BASE.search(content[:HEAD])
    return _joined(url, match[1].decode("utf-8", "ignore")) if match else url


def absolute(markdown: str, base: str) -> str:
    """The text with its relative links made whole; those within the page stay."""

    def whole(match: re.Match[str]) -> str:
        if match["code"] is not None or ELSEWHERE.match(match["target"]):
            return match[0]
        return f"{match['before']}{_joined(base, match['target'])}"

    return PARTS.sub(whole, markdown)


def _joined(base: str, target: str) -> str:
    try:
        joined = urljoin(base, target)
    except ValueError:
        return target
    return joined if host_of(joined) else target

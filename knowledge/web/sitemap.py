"""Sitemaps: which pages a site names (sitemaps.org). XML, indexes of them, plain lists, each packed or not."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice

from django.utils.dateparse import parse_date, parse_datetime
from lxml import etree

from integrations.http import GuardedClient, OutgoingError
from knowledge.web import fetching
from knowledge.web.locations import is_root, origin_of, plain, same_site
from knowledge.web.robots import RobotsUnavailable, rules_for

MOST_FILES = 100
DEEPEST = 3
# sitemaps.org: at most so much unpacked, and so many entries.
MOST_BYTES = 50 * 1024 * 1024
MOST_ENTRIES = 50_000
MOST_FROM_ROBOTS = 20
GZIP_MARK = b"\x1f\x8b"

type Address = tuple[str, datetime | None]


class SitemapError(Exception):
    """There is nothing to be had from the address; `code` is for knowledge.web.texts."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def addresses(
    url: str, *, most: int, client: GuardedClient | None = None, progress: Callable[[], None] | None = None
) -> list[Address]:
    """At most `most` pages of the site of `url`, each once, with the time of its last change where it is known.

    `url` is a sitemap, or the root of a site, whose robots.txt says where they are. `progress` is called before each
    request. Raises SitemapError or OutgoingError when there is not a single page.
    """
    walk = Walk(url, client, progress or (lambda: None))
    found: dict[str, datetime | None] = {}
    for address, changed in walk.pages():
        if same_site(address, url):
            found.setdefault(address, changed)
        if len(found) >= most:
            break
    if not found:
        raise walk.failure or SitemapError("no_pages")
    return list(found.items())


@dataclass
class Walk:
    """The way through the files of one site; a file that is no good is passed over, and the first reason kept."""

    url: str
    client: GuardedClient | None
    progress: Callable[[], None]
    failure: SitemapError | OutgoingError | None = None
    seen: set[str] = field(default_factory=set)

    def pages(self) -> Iterator[Address]:
        for start in self._starts():
            yield from self._entries(start, 1)

    def _starts(self) -> list[str]:
        if not is_root(self.url):
            return [self.url]
        self.progress()
        try:
            named = rules_for(self.url, client=self.client).sitemaps[:MOST_FROM_ROBOTS]
        except RobotsUnavailable as error:
            raise SitemapError(error.code) from error
        return named or [f"{origin_of(self.url)}/sitemap.xml"]

    def _entries(self, url: str, depth: int) -> Iterator[Address]:
        if depth > DEEPEST or url in self.seen or len(self.seen) >= MOST_FILES:
            return
        self.seen.add(url)
        try:
            entries = self._file(url)
        except (SitemapError, OutgoingError) as error:
            self.failure = self.failure or error
            return
        for entry in entries:
            if not entry.is_index:
                yield entry.url, entry.changed
            elif same_site(entry.url, self.url):
                yield from self._entries(entry.url, depth + 1)

    def _file(self, url: str) -> list["Entry"]:
        self.progress()
        answer = fetching.get(url, client=self.client)
        if not answer.is_success:
            raise SitemapError("no_sitemap" if answer.status in {404, 410} else f"status_{answer.status}")
        return entries_of(answer.body)


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, or another sitemap."""

    url: str
    changed: datetime | None = None
    is_index: bool = False


def entries_of(content: bytes) -> list[Entry]:
    """What a sitemap names; raises SitemapError for what is none."""
    content = unpacked(content) if content.startswith(GZIP_MARK) else content
    read = _of_xml if content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _of_text
    return list(islice(read(content), MOST_ENTRIES))


def unpacked(content: bytes) -> bytes:
    """The gzip file's content, never more than MOST_BYTES of it."""
    inflater = zlib.decompressobj(31)
    try:
        found = inflater.decompress(content, MOST_BYTES)
    except zlib.error as error:
        raise SitemapError("bad_sitemap") from error
    if inflater.unconsumed_tail:
        raise SitemapError("big_sitemap")
    if not inflater.eof:
        raise SitemapError("bad_sitemap")
    return found


def _of_text(content: bytes) -> Iterator[Entry]:
    lines = content.decode("utf-8-sig", "replace").splitlines()
    found = [Entry(url) for line in lines if (url := plain(line))]
    if not found:
        raise SitemapError("bad_sitemap")
    yield from found


def _of_xml(content: bytes) -> Iterator[Entry]:
    """Element by element, so that a long file takes no memory; entities are refused whatever they stand for."""
    reading = etree.iterparse(
        BytesIO(content),
        events=("end",),
        tag=("{*}url", "{*}sitemap", "{*}urlset", "{*}sitemapindex"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_sitemap = False
    try:
        for _event, node in reading:
            _refuse_declarations(node)
            kind = etree.QName(node).localname
            is_sitemap = is_sitemap or kind in {"urlset", "sitemapindex"}
            if kind in {"url", "sitemap"} and (url := plain(_text(node, "loc"))):
                yield Entry(url, _moment(_text(node, "lastmod")), kind == "sitemap")
            node.clear()
    except etree.LxmlError as error:
        raise SitemapError("bad_sitemap") from error
    if not is_sitemap:
        raise SitemapError("bad_sitemap")


def _refuse_declarations(node: "etree._Element") -> None:
    if node.getroottree().docinfo.internalDTD is not None:
        raise SitemapError("bad_sitemap")


def _text(node: "etree._Element", name: str) -> str:
    return (node.findtext(f"{{*}}{name}") or "").strip()


def _moment(text: str) -> datetime | None:
    """A time in W3C format; of a bare date its end, for the page may have changed until then."""
    try:
        moment = parse_datetime(text) if "T" in text else None
        day = None if moment else parse_date(text[:10])
    except ValueError:
        return None
    if day is not None:
        return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)

"""One page of the web, read. Nothing is stored here."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from integrations.http import GuardedClient, OutgoingError, Response
from knowledge.readers import Reading, ReadingError, format_of, read
from knowledge.readers.formats import CONTENT_TYPES, HEAD
from knowledge.web import fetching
from knowledge.web.links import absolute, base_of
from knowledge.web.locations import host_of
from knowledge.web.robots import RobotsUnavailable, rules_for

ACCEPT = "text/html, application/xhtml+xml, text/markdown, application/pdf, text/*;q=0.8, */*;q=0.5"
# What servers say of files they do not know; then the address's ending tells.
VAGUE = {"", "application/octet-stream", "binary/octet-stream", "application/x-download", "application/force-download"}
# Of Markdown and tables, too.
PLAIN = "text/plain"
LONGEST_ETAG = 300
LONGEST_DATE = 100


class State(StrEnum):
    READ = "read"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Page:
    """What came of asking for a page. `error` is a code of knowledge.web.texts; the rest is there when it was READ.

    `url` is where it came from after redirects, `digest` that of the text.
    """

    state: State
    url: str
    error: str = ""
    reading: Reading | None = None
    format: str = ""
    digest: str = ""
    etag: str = ""
    last_modified: str = ""


def fetch_page(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    language: str = "",
    client: GuardedClient | None = None,
    before_reading: Callable[[], None] | None = None,
) -> Page:
    """The page as a document, if the site's robots.txt lets us; never raises for what the site does.

    With `etag` or `last_modified` of an earlier answer the server may say that nothing changed (UNCHANGED). MISSING is
    status 404, GONE is 410. `before_reading` is called once the answer is here.
    """
    try:
        if not rules_for(url, client=client).allow(url):
            return Page(State.FAILED, url, "robots")
        answer = fetching.get(url, headers=_headers(etag, last_modified, language), client=client)
        if answer.url != url and not rules_for(answer.url, client=client).allow(answer.url):
            return Page(State.FAILED, url, "robots")
        if before_reading:
            before_reading()
        return _page(answer)
    except (OutgoingError, RobotsUnavailable, ReadingError) as error:
        return Page(State.FAILED, url, error.code)


def _headers(etag: str, last_modified: str, language: str) -> dict[str, str]:
    headers = {
        "Accept": ACCEPT,
        "Accept-Language": f"{language}, *;q=0.5" if language else "",
        "If-None-Match": etag,
        "If-Modified-Since": last_modified,
    }
    return {name: value for name, value in headers.items() if value}


def _page(answer: Response) -> Page:
    match answer.status:
        case 304:
            return Page(State.UNCHANGED, answer.url)
        case 404:
            return Page(State.MISSING, answer.url, "missing")
        case 410:
            return Page(State.GONE, answer.url, "gone")
    if not answer.is_success:
        return Page(State.FAILED, answer.url, f"status_{answer.status}")
    return _read(answer)


def read_answer(answer: Response, *, seconds: float | None = None) -> tuple[str, Reading]:
    """The format of what was answered, and the document with its links made whole; raises ReadingError."""
    name = _name(answer)
    kind = format_of(name, answer.content_type, answer.body[:HEAD])
    found = read(answer.body, name=name, content_type=answer.content_type, seconds=seconds)
    base = base_of(answer.url, answer.body) if kind == "html" else answer.url
    text = absolute(found.markdown, base)
    return kind, Reading(found.title or _title(answer.url), text, found.language, found.places, found.notes)


def _read(answer: Response) -> Page:
    kind, reading = read_answer(answer)
    digest = hashlib.sha256(f"{reading.title}\0{reading.markdown}".encode()).hexdigest()
    return Page(
        State.READ,
        answer.url,
        reading=reading,
        format=kind,
        digest=digest,
        etag=_stored(answer, "etag", LONGEST_ETAG),
        last_modified=_stored(answer, "last-modified", LONGEST_DATE),
    )


def _name(answer: Response) -> str:
    """The file's name where it tells more than the type that the server declares; raises ReadingError."""
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind in VAGUE or kind == PLAIN:
        return _file_name(answer.url)
    if kind not in CONTENT_TYPES:
        raise ReadingError("unknown_format")
    return ""


def _file_name(url: str) -> str:
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return name if PurePosixPath(name).suffix else ""


def _title(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).stem.replace("-", " ").replace("_", " ") or host_of(url)


def _stored(answer: Response, name: str, longest: int) -> str:
    """What is sent back the next time: whole, and such that it may stand in a header; else nothing."""
    value = str(answer.headers.get(name, ""))
    return value if len(value) <= longest and value.isascii() and value.isprintable() else ""

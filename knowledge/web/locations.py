"""Addresses of pages: their one spelling, and whether two of them belong to the same site."""

import hashlib
from urllib.parse import unquote, urlsplit

import httpx

LONGEST = 2000
ROOTS = {"", "/"}


def plain(url: str) -> str:
    """The address as answers name it: escaped, with a path and no fragment; empty when it is none of a page."""
    parts = _parsed(url.strip())
    if parts is None or parts.scheme not in {"http", "https"} or not parts.raw_host:
        return ""
    spelled = str(parts.copy_with(fragment=None))
    if parts.raw_path == b"/" and not spelled.endswith("/"):
        spelled += "/"
    return spelled if len(spelled) <= LONGEST else ""


def key_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def host_of(url: str) -> str:
    """The host in lower case, in the letters of its language; empty when there is none."""
    parts = _parsed(url)
    try:
        return parts.host if parts else ""
    except UnicodeError:
        # It only looks like one in other letters.
        return ""


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_root(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ROOTS and not parts.query


def same_site(url: str, other: str) -> bool:
    """Whether `url` is on the host of `other`, with or without www, or on one below it."""
    host, site = (host_of(each).removeprefix("www.") for each in (url, other))
    return bool(site) and (host == site or host.endswith(f".{site}"))


def words_of(url: str) -> str:
    """What the path says, for a slug: /docs/refunds.html is "docs refunds"."""
    path = unquote(urlsplit(url).path)
    steps = [step for step in path.split("/") if step]
    if steps and "." in steps[-1]:
        steps[-1] = steps[-1].rpartition(".")[0]
    return " ".join(steps)


def _parsed(url: str) -> httpx.URL | None:
    """By the parser of the client, so that both see one host."""
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return None

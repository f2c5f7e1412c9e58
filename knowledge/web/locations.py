"""Addresses of pages: their one spelling, and whether two of them belong to the same site."""

import hashlib
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

LONGEST = 2000
ROOTS = {"", "/"}


def plain(url: str) -> str:
    """The address without its fragment, with a path; empty when it is no address of a page."""
    parts = _split(url.strip())
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    spelled = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))
    return spelled if len(spelled) <= LONGEST else ""


def key_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def host_of(url: str) -> str:
    """The host in lower case; empty when there is none."""
    parts = _split(url)
    return (parts.hostname or "") if parts else ""


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


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts

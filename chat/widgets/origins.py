"""Web origins: how they are written in a widget's list, and which ones a list allows."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ANY = "*"
FORM = re.compile(
    r"(?P<scheme>https?)://(?P<wild>\*\.)?(?P<host>\[[0-9a-f:.]+\]|[^\s/:*?#@\[\]]+)(?::(?P<port>\d{1,5}))?"
)
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_origin(text: str) -> str:
    """`text` as browsers write it: lower case, IDNA, without the default port; raises ValidationError.

    `*` allows every site, `https://*.example.com` every name below example.com.
    """
    given = text.strip().rstrip("/").lower()
    if given == ANY:
        return ANY
    match = FORM.fullmatch(given)
    if match is None:
        raise ValidationError(_("“%(origin)s” is not an origin such as https://www.example.com.") % {"origin": text})
    host = _host(match["host"], text)
    if match["wild"] and "." not in host:
        raise ValidationError(_("“%(origin)s” would allow a whole top-level domain.") % {"origin": text})
    port = int(match["port"] or 0)
    if port > 65535:
        raise ValidationError(_("“%(origin)s” has a port that does not exist.") % {"origin": text})
    shown = f":{port}" if port and port != DEFAULT_PORTS[match["scheme"]] else ""
    return f"{match['scheme']}://{match['wild'] or ''}{host}{shown}"


def parse_origins(lines: Iterable[str]) -> list[str]:
    """Each non-empty line as an origin, once; raises one ValidationError that names every bad line's number."""
    found: dict[str, None] = {}
    errors: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found[parse_origin(line)] = None
        except ValidationError as error:
            errors.append(_("Line %(number)d: %(error)s") % {"number": number, "error": error.messages[0]})
    if errors:
        raise ValidationError(errors)
    return list(found)


def is_allowed(origin: str, allowed: Iterable[str]) -> bool:
    """Whether the list lets `origin`, as a browser sends it, in. `null` (a file, a sandbox) is never let in."""
    if not FORM.fullmatch(origin):
        return False
    return any(pattern in {ANY, origin} or _below(origin, pattern) for pattern in allowed)


def is_own(origin: str, host: str) -> bool:
    """Whether `origin` is this server's, whose Host header is `host`; behind a proxy the scheme may differ."""
    return bool(origin) and urlsplit(origin).netloc == host


def _below(origin: str, pattern: str) -> bool:
    scheme, wild, rest = pattern.partition("://*.")
    return bool(wild) and origin.startswith(f"{scheme}://") and origin.endswith(f".{rest}")


def _host(host: str, text: str) -> str:
    if host.startswith("["):
        return host
    try:
        name = host.encode("idna").decode()
    except UnicodeError:
        name = ""
    if not name or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise ValidationError(_("“%(origin)s” has no valid host name.") % {"origin": text})
    return name

"""Which headers a caller may choose, and which of them follow a redirect to another server."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from integrations.http.errors import RefusedRequest

MOST_HEADERS = 64
LONGEST_VALUE = 8192
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
# Visible ASCII with inner blanks; no line ends, so no second header.
VALUE = re.compile(r"[\x21-\x7e]?|[\x21-\x7e][\x20-\x7e\t]*[\x21-\x7e]")

# Who the request is for, how it is framed, and where it came from is for us to say.
REFUSED = frozenset(
    "host connection keep-alive te trailer transfer-encoding upgrade content-length expect http2-settings "
    "forwarded via x-real-ip true-client-ip cf-connecting-ip x-client-ip x-cluster-client-ip x-original-url "
    "x-original-host x-rewrite-url x-host x-http-method-override x-method-override x-http-method metadata "
    "x-google-metadata-request".split()
)
# Forged origins, proxies, and what opens the clouds' metadata services.
REFUSED_BEGINNINGS = ("proxy-", "x-forwarded-", "x-proxyuser-", "metadata-", "x-aws-ec2-", "x-envoy-", "x-amzn-oidc-")
# Of a caller's headers only these go on to another origin: anything else may be a secret under any name.
HARMLESS = frozenset(
    "accept accept-charset accept-language cache-control content-language content-type if-match if-modified-since "
    "if-none-match if-unmodified-since range user-agent".split()
)


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as they will be sent; raises RefusedRequest. `Accept-Encoding` is ours and left out."""
    if len(headers) > MOST_HEADERS:
        raise RefusedRequest("header", _("More than %(n)s headers.") % {"n": MOST_HEADERS})
    for name, value in headers.items():
        _check(name, value)
    return {name: value for name, value in headers.items() if name.lower() != "accept-encoding"}


def _check(name: str, value: str) -> None:
    if not NAME.fullmatch(name):
        raise RefusedRequest("header", _("A header has an invalid name."))
    if is_refused(name):
        raise RefusedRequest("header", _("The header %(name)s cannot be set.") % {"name": name})
    if len(value) > LONGEST_VALUE or not VALUE.fullmatch(value):
        text = _("The value of the header %(name)s is too long or holds a line end or a character beyond ASCII.")
        raise RefusedRequest("header", text % {"name": name})


def is_refused(name: str) -> bool:
    # Servers behind CGI and WSGI take the underscore for a hyphen.
    plain = name.lower().replace("_", "-")
    return plain in REFUSED or plain.startswith(REFUSED_BEGINNINGS)


def harmless(headers: Mapping[str, str]) -> dict[str, str]:
    """What may go on to another origin."""
    return {name: value for name, value in headers.items() if name.lower() in HARMLESS}


def without_body(headers: Mapping[str, str]) -> dict[str, str]:
    """What fits a request that no longer has a body."""
    return {name: value for name, value in headers.items() if not name.lower().startswith("content-")}

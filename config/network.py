"""Who is calling."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config.settings.security import is_loopback

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Origin")


def client_ip_from(remote: str, forwarded: str) -> str:
    """The caller's address: the peer's, or what the outermost trusted proxy saw.

    Each of our proxies appends the peer it saw to X-Forwarded-For, so the entry that counts is
    the TRUSTED_PROXY_COUNT-th from the right; entries left of it can be forged.
    """
    count = settings.TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    if not count or not hops:
        return remote
    return hops[-min(count, len(hops))]


def client_ip(request: HttpRequest) -> str:
    return client_ip_from(request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", ""))


def client_ip_of_scope(scope: dict[str, Any]) -> str:
    headers = dict(scope.get("headers") or [])
    peer = scope.get("client") or ("", 0)
    return client_ip_from(str(peer[0]), headers.get(b"x-forwarded-for", b"").decode("latin-1"))


def is_local(request: HttpRequest) -> bool:
    """A direct caller on this machine: not what a proxy or a page in this machine's browser passes on."""
    if any(name in request.headers for name in FORWARDED):
        return False
    return is_loopback(request.META.get("REMOTE_ADDR", ""))

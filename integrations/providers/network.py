"""How the clients of providers reach the network.

The addresses in the environment are the owner's word and are called as they are, through his proxies if he has
any. Every other one was typed into a form, so it passes the guard: what is inside needs INTERNAL_HOSTS.
"""

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpcore
import httpx
from django.conf import settings

from integrations.http.guard import Guard
from integrations.http.network import AsyncioBackend
from integrations.http.policy import Policy
from integrations.http.transport import GuardedTransport, tls_context

if TYPE_CHECKING:
    import httpx2

OWNERS_WORD = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "LOCAL_LLM_URL", "GIGACHAT_BASE_URL")
LIMITS: dict[str, Any] = {"max_connections": 1000, "max_keepalive_connections": 100, "keepalive_expiry": 15.0}


def is_owners_word(base_url: str) -> bool:
    """Whether the environment names this very server."""
    return _origin(base_url) in {_origin(getattr(settings, name)) for name in OWNERS_WORD if getattr(settings, name)}


def transport(base_url: str, *, tls: ssl.SSLContext | None = None) -> httpx.AsyncBaseTransport | None:
    """For `httpx.AsyncClient(transport=...)`; None for the library's own, which knows the owner's proxies."""
    network: Any = AsyncioBackend(paced=True)
    if not is_owners_word(base_url):
        return GuardedTransport(Guard(Policy.from_settings()), tls=tls, network=network)
    if getproxies():
        return None
    context = tls or tls_context()
    direct = httpx.AsyncHTTPTransport(verify=context)
    direct._pool = httpcore.AsyncConnectionPool(ssl_context=context, network_backend=network, **LIMITS)
    return direct


def transport2(base_url: str) -> "httpx2.AsyncBaseTransport | None":
    """The same for httpx2, which the SDK of OpenAI uses. It takes long to import."""
    from integrations.http.transport2 import GuardedTransport2, StreamingTransport

    if not is_owners_word(base_url):
        return GuardedTransport2(Guard(Policy.from_settings()))
    return None if getproxies() else StreamingTransport()


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port

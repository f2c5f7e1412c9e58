"""What a request to the outside may do."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings

from integrations.http.hosts import DeniedHosts, InternalHosts, read_port


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of one kind of request. Times in seconds, sizes in bytes, both of the wire and of the decoded body."""

    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    internal: InternalHosts = field(default_factory=InternalHosts)
    denied: DeniedHosts = field(default_factory=DeniedHosts)
    own: DeniedHosts = field(default_factory=DeniedHosts)
    total_seconds: float = 30
    connect_seconds: float = 5
    dns_seconds: float = 5
    max_bytes: int = 1_048_576
    max_redirects: int = 3

    @classmethod
    def from_settings(cls) -> Self:
        """As the owner configured the server; `but` changes details for one use."""
        return cls(
            ports=_ports(tuple(settings.OUTGOING_PORTS)),
            internal=_internal(tuple(settings.INTERNAL_HOSTS)),
            denied=_denied(tuple(settings.DENIED_HOSTS)),
            own=_denied(own_names()),
            total_seconds=settings.OUTGOING_TIMEOUT_SECONDS,
            max_bytes=settings.OUTGOING_MAX_BYTES,
        )

    def but(
        self,
        *,
        total_seconds: float | None = None,
        max_bytes: int | None = None,
        max_redirects: int | None = None,
        internal: InternalHosts | None = None,
    ) -> Self:
        changes = {
            "total_seconds": total_seconds,
            "max_bytes": max_bytes,
            "max_redirects": max_redirects,
            "internal": internal,
        }
        return replace(self, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


def own_names() -> tuple[str, ...]:
    """The server's own public names: a request to itself comes from a trusted address and may never end."""
    origins = [urlsplit(origin.replace("*.", ".")).hostname or "" for origin in settings.CSRF_TRUSTED_ORIGINS]
    hosts = [host.partition(":")[0] for host in settings.ALLOWED_HOSTS if not host.startswith("[")]
    # What leads to the machine itself is in a private network anyway, and may be opened like the rest of it.
    return tuple(name for name in [*origins, *hosts] if name and "*" not in name and name != "localhost")


@lru_cache(maxsize=16)
def _internal(texts: tuple[str, ...]) -> InternalHosts:
    return InternalHosts.read(texts)


@lru_cache(maxsize=16)
def _denied(texts: tuple[str, ...]) -> DeniedHosts:
    return DeniedHosts.read(texts)


@lru_cache(maxsize=16)
def _ports(texts: tuple[str, ...]) -> frozenset[int]:
    """Unreadable ones open nothing; a system check names them."""
    ports = set()
    for text in texts:
        try:
            ports.add(read_port(text))
        except ValueError:
            continue
    return frozenset(ports)

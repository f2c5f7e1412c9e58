"""How often one caller may ask, over all wires together."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import AnonymousSubscriber, User
from config.network import client_ip


def identity(actor: Any, ip: str) -> str:
    if isinstance(actor, User):
        return f"user-{actor.pk}"
    # A visitor's token costs nothing, so it is the address that is limited.
    return f"ip-{ip}"


class ChatThrottle(SimpleRateThrottle):
    scope = "chat"

    def get_cache_key(self, request: Request, view: Any) -> str:
        actor = request.user if isinstance(request.user, User | AnonymousSubscriber) else None
        return self.cache_format % {"scope": self.scope, "ident": identity(actor, client_ip(request._request))}


class SocketThrottle(ChatThrottle):
    """The same counter for questions that come over a WebSocket."""

    def __init__(self, actor: Any, ip: str) -> None:
        super().__init__()
        self._ident = identity(actor, ip)

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self._ident}

    def admits(self) -> bool:
        return self.allow_request(None, None)  # type: ignore[arg-type]

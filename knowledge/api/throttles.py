"""How often one person may search."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from config.network import client_ip


class SearchThrottle(SimpleRateThrottle):
    scope = "knowledge"

    def get_cache_key(self, request: Request, view: Any) -> str:
        key = getattr(request.user, "pk", None)
        ident = f"user-{key}" if key else f"ip-{client_ip(request._request)}"
        return self.cache_format % {"scope": self.scope, "ident": ident}

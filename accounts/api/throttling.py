from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from config.network import client_ip


class AddressRateThrottle(ScopedRateThrottle):
    """The rate of the view's `throttle_scope`, counted by the caller's address, whoever is logged in."""

    def get_ident(self, request: Request) -> str:
        return client_ip(request._request)

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

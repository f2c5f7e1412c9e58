"""How often a widget may be asked: its own limits, by visitor and by address."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from chat.widgets.models import WidgetSession

MINUTE, DAY = 60, 86_400


class Limit(SimpleRateThrottle):
    """At most `number` questions in `seconds` from whoever `ident` names."""

    scope = "widget"

    def __init__(self, ident: str, *, number: int, seconds: int) -> None:
        # The base class would look for one rate in the settings; here each widget has its own.
        self.ident, self.num_requests, self.duration = ident, number, seconds

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": f"{self.scope}-{self.duration}", "ident": self.ident}

    def allow_request(self, request: Request, view: Any) -> bool:
        self.key = self.get_cache_key(request, view)
        self.history = self.cache.get(self.key, [])
        self.now = self.timer()
        while self.history and self.history[-1] <= self.now - self.duration:
            self.history.pop()
        if len(self.history) >= self.num_requests:
            return self.throttle_failure()
        return self.throttle_success()


def limits_of(session: WidgetSession, address: str) -> list[Limit]:
    widget = session.widget
    if widget is None:
        return []
    visitor, place = f"{widget.pk}-visitor-{session.visitor_id}", f"{widget.pk}-address-{address}"
    return [
        Limit(visitor, number=widget.visitor_per_minute, seconds=MINUTE),
        Limit(visitor, number=widget.visitor_per_day, seconds=DAY),
        Limit(place, number=widget.address_per_minute, seconds=MINUTE),
        Limit(place, number=widget.address_per_day, seconds=DAY),
    ]

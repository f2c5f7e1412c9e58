"""What this process counts about itself; the rest of the metrics is read from the database."""

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry(auto_describe=False)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

requests = Counter(
    "switchboard_http_requests", "HTTP requests of this process.", ["method", "route", "status"], registry=registry
)
durations = Histogram(
    "switchboard_http_request_seconds",
    "Time until the response began, this process.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)
sockets = Gauge("switchboard_websocket_connections", "Open WebSockets of this process.", registry=registry)


def count_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Counts by route, never by path: callers must not be able to make up time series."""
    match = request.resolver_match
    route = "/" + match.route if match is not None else "(none)"
    method = request.method if request.method in METHODS else "OTHER"
    requests.labels(method, route, status).inc()
    durations.labels(method, route).observe(seconds)

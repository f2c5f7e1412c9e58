"""One address, asked through the guarded client. Everything that leaves knowledge.web for the network passes here."""

from collections.abc import Mapping

from asgiref.sync import async_to_sync

from integrations.http import GuardedClient, Policy, Request, Response

MOST_BYTES = 20 * 1024 * 1024
SECONDS = 30.0
MOST_REDIRECTS = 5


def web_client() -> GuardedClient:
    """The client for pages, sitemaps and robots.txt, with their limits."""
    policy = Policy.from_settings()
    return GuardedClient(policy.but(total_seconds=SECONDS, max_bytes=MOST_BYTES, max_redirects=MOST_REDIRECTS))


def get(url: str, *, headers: Mapping[str, str] | None = None, client: GuardedClient | None = None) -> Response:
    """The whole answer, whatever its status; raises OutgoingError. Not to be called on an event loop."""
    return async_to_sync((client or web_client()).fetch)(Request("GET", url, headers=headers or {}))

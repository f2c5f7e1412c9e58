"""robots.txt: what a site asks of programs like ours (RFC 9309)."""

from dataclasses import dataclass

from django.core.cache import cache
from protego import Protego

from integrations.http import GuardedClient
from integrations.http.client import USER_AGENT
from knowledge.web import fetching
from knowledge.web.locations import key_of, origin_of

REMEMBERED = 3600
LONGEST = 512_000
# A site may ask for longer pauses; then a visit of a few hundred pages would never end.
LONGEST_PAUSE = 30.0


class RobotsUnavailable(Exception):
    """The site cannot say now what it allows, so nothing of it is fetched; `code` is for knowledge.web.texts."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to us."""

    text: str

    def allow(self, url: str) -> bool:
        return bool(self._parsed.can_fetch(url, USER_AGENT))

    @property
    def pause(self) -> float:
        """Seconds between two requests."""
        return min(LONGEST_PAUSE, max(0.0, self._parsed.crawl_delay(USER_AGENT) or 0.0))

    @property
    def sitemaps(self) -> list[str]:
        return list(self._parsed.sitemaps)

    @property
    def _parsed(self) -> Protego:
        return Protego.parse(self.text)


def rules_for(url: str, *, client: GuardedClient | None = None) -> Rules:
    """The rules of the address's site, remembered for an hour; raises OutgoingError or RobotsUnavailable."""
    text = cache.get(_name(url))
    if text is None:
        text = _fetched(f"{origin_of(url)}/robots.txt", client)
        cache.set(_name(url), text, REMEMBERED)
    return Rules(text)


def pause_at(url: str) -> float:
    """The pause that the site asks for, as far as its rules are known already; in seconds."""
    return Rules(cache.get(_name(url), "")).pause


def _name(url: str) -> str:
    return f"knowledge:robots:{key_of(origin_of(url))}"


def _fetched(url: str, client: GuardedClient | None) -> str:
    answer = fetching.get(url, client=client)
    if answer.status == 429 or answer.status >= 500:
        raise RobotsUnavailable(f"status_{answer.status}")
    if not answer.is_success:
        # A site without the file allows everything.
        return ""
    return answer.body[:LONGEST].decode("utf-8-sig", "replace").replace("\0", "")

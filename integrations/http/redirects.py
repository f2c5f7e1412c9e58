"""Where an answer sends us on, and what goes along."""

from dataclasses import dataclass, field

import httpx
from django.utils.translation import gettext as _

from integrations.http.errors import RefusedURL
from integrations.http.guard import Guard
from integrations.http.headers import harmless, without_body
from integrations.http.urls import Target

STATUSES = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a chain."""

    method: str
    target: Target
    headers: dict[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)

    def next(self, response: httpx.Response, guard: Guard) -> "Hop | None":
        """The request that the answer asks for; None when it is no redirect. Raises RefusedURL."""
        location = response.headers.get("location")
        if response.status_code not in STATUSES or location is None:
            return None
        target = guard.check(_joined(self.target.url, location))
        if self.target.url.scheme == "https" and target.url.scheme != "https":
            text = _("%(host)s redirects from https:// to http://.") % {"host": self.target.host}
            raise RefusedURL("downgrade", text)
        return self._to(target, status=response.status_code)

    def _to(self, target: Target, *, status: int) -> "Hop":
        method, headers, content = self.method, self.headers, self.content
        if status == 303 and method != "HEAD" or status in {301, 302} and method == "POST":
            method, headers, content = "GET", without_body(headers), None
        if _origin(target) != _origin(self.target):
            if content is not None:
                text = _("%(host)s redirects the data of the request to another server.") % {"host": self.target.host}
                raise RefusedURL("redirect", text)
            headers = harmless(headers)
        return Hop(method, target, headers, content)


def _joined(base: httpx.URL, location: str) -> str:
    """The whole address; whatever `location` holds that an address must not is found by the check that follows."""
    if not location.isprintable() or " " in location or "\\" in location or len(location) > 8192:
        raise RefusedURL("url", _("The address holds a space, a backslash or a control character."))
    try:
        joined = base.join(location)
    except httpx.InvalidURL as error:
        raise RefusedURL("url", _("The address cannot be read.")) from error
    return str(joined.copy_with(fragment=None))


def _origin(target: Target) -> tuple[str, str, int]:
    return target.url.scheme, target.host, target.port

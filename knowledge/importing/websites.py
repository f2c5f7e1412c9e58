"""Pages of a site, fetched now and once. For visits on a schedule there are websites in the back office."""

from urllib.parse import urlsplit

from integrations.http import OutgoingError
from knowledge.importing.errors import BadEntry, BadSource
from knowledge.importing.texts import Loaded, Text
from knowledge.web import pages, sitemap
from knowledge.web.locations import host_of, is_root, plain
from knowledge.web.texts import explain

MOST_PAGES = 20_000
LONGEST_NAME = 250
SITEMAP_ENDINGS = (".xml", ".xml.gz", ".txt", ".gz")


class Website:
    """One page, or all those of a sitemap; the root of a site stands for its sitemap."""

    def __init__(self, url: str) -> None:
        address = plain(url)
        if not address:
            raise BadSource(f"{url}: this is not the address of a page")
        self.title = host_of(address)
        self.whole = is_root(address) or urlsplit(address).path.lower().endswith(SITEMAP_ENDINGS)
        found = _listed(address) if self.whole else [address]
        self._addresses = {_name(each): each for each in reversed(found)}
        self.names = list(reversed(self._addresses))

    def has(self, name: str) -> bool:
        return name in self._addresses

    def read(self, name: str) -> bytes:
        raise BadEntry("a page is no file")

    def load(self, name: str, language: str) -> Loaded:
        """A page with the digest of its text; raises BadEntry."""
        url = self._addresses[name]
        page = pages.fetch_page(url, language=language)
        if page.reading is None:
            raise BadEntry(explain(page.error, url))
        reading = page.reading
        text = Text(
            title=reading.title[:200],
            body=reading.markdown,
            format=page.format,
            guess=reading.language,
            places=[[place.line, place.anchor, place.label] for place in reading.places],
            notes=list(reading.notes),
        )
        return Loaded(page.digest[:32], lambda: text, address=page.url)


def _listed(address: str) -> list[str]:
    try:
        return [url for url, _ in sitemap.addresses(address, most=MOST_PAGES)]
    except (sitemap.SitemapError, OutgoingError) as error:
        raise BadSource(f"{address}: {explain(error.code, address)}") from error


def _name(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path.strip("/") or "index"
    return (f"{path}?{parts.query}" if parts.query else path)[:LONGEST_NAME]

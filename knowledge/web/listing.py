"""Which pages a visit goes to."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from knowledge.choices import WebSourceKind
from knowledge.models import WebPage, WebSource
from knowledge.web.leases import hold
from knowledge.web.locations import key_of
from knowledge.web.services import belongs, forget_pages, listed_pages
from knowledge.web.sitemap import Address, addresses

# Sitemaps may say too little: after so long a page is looked at whatever they say.
TRUSTED_FOR = timedelta(days=7)
BATCH = 500


def list_pages(source: WebSource) -> None:
    """Writes down what has to be visited, with `total`; raises SitemapError or OutgoingError.

    Pages that the sitemap names no longer are still visited, as far as there is room for them: only their server says
    whether they are gone. Those that have not changed by the sitemap count as done.
    """
    found = _addresses(source)
    with transaction.atomic():
        _store(source, found)
        pages = source.pages.all()
        _skip_unchanged(source, found)
        done = pages.filter(visit=source.visited_at).count()
        hold(source, total=pages.count(), done=done)


def _addresses(source: WebSource) -> list[Address]:
    if source.kind == WebSourceKind.PAGE:
        return [(source.url, None)]
    return addresses(source.url, most=source.most_pages, progress=lambda: hold(source))


def _store(source: WebSource, found: Sequence[Address]) -> None:
    known = {page.key: page for page in listed_pages(source)}
    named = {key_of(url): url for url, _ in found}
    new = [WebPage(source=source, url=url, key=key) for key, url in named.items() if key not in known]
    left = [page for key, page in known.items() if key not in named]
    forget_pages(_surplus(source, left, room=source.most_pages - len(named)))
    WebPage.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


def _surplus(source: WebSource, left: list[WebPage], *, room: int) -> list[WebPage]:
    """Of the pages that are named no longer: the ones gone or of another site, and the longest unseen beyond `room`."""
    kept = [page for page in left if page.error != "gone" and belongs(page.url, source)]
    kept.sort(key=lambda page: page.seen_at or source.created_at, reverse=True)
    kept = kept[: max(0, room)]
    keys = {page.key for page in kept}
    return [page for page in left if page.key not in keys]


def _skip_unchanged(source: WebSource, found: Sequence[Address]) -> None:
    """Leaves out pages that are said not to have changed since they were seen, if they are in order."""
    changed = {key_of(url): moment for url, moment in found if moment}
    in_order = Q(error="", document__published=True, seen_at__gt=timezone.now() - TRUSTED_FOR) & ~Q(digest="")
    keys = [page.key for page in source.pages.filter(in_order) if _older(changed.get(page.key), page)]
    for start in range(0, len(keys), BATCH):
        source.pages.filter(key__in=keys[start : start + BATCH]).update(visit=source.visited_at)


def _older(changed: object, page: WebPage) -> bool:
    return changed is not None and page.seen_at is not None and changed < page.seen_at  # type: ignore[operator]

"""Visits: a step is one page, or the list of them. Whoever comes next goes on where the former worker was.

`visited_at` is the beginning of the visit and the mark of the pages that it is through with; `total` is 0 until the
pages are listed. `next_at` is planned at the beginning, for the case that the visit fails.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from integrations.http import OutgoingError
from knowledge.choices import WebSourceState
from knowledge.indexing.leases import LeaseLost
from knowledge.models import WebPage, WebSource
from knowledge.web.keeping import keep, note
from knowledge.web.leases import claim_source, hold, leave_host, let_go, take_host
from knowledge.web.listing import list_pages
from knowledge.web.pages import fetch_page
from knowledge.web.robots import pause_at
from knowledge.web.services import listed_pages
from knowledge.web.sitemap import SitemapError

logger = logging.getLogger(__name__)

# After a failure; doubled each time, up to the usual interval.
FIRST_RETRY = timedelta(minutes=15)
# Somebody else is at the same host.
BUSY_PAUSE = 5.0
# So many pages in vain, and more than were had, and the server is left alone.
PATIENCE = 5
OF_THE_SERVER = (
    Q(error__in=["timeout", "connect", "dns", "tls", "bad_response", "status_429"]) | Q(error__startswith="status_5")
)  # fmt: skip


class VisitFailed(Exception):
    """The visit is over; `code` is for knowledge.web.texts."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def visit_next() -> bool:
    """One step of a visit that is due; returns whether there was one."""
    source = claim_source()
    if source is None:
        return False
    try:
        _go_on(source)
    except LeaseLost:
        raise
    except VisitFailed as failure:
        let_go(source, state=WebSourceState.FAILED, error=failure.code)
    except Exception:
        # Other websites get their visits whatever is wrong with this one.
        logger.exception("the visit of website %s failed", source.pk)
        let_go(source, state=WebSourceState.FAILED, error="fault")
    return True


def _go_on(source: WebSource) -> None:
    if source.state != WebSourceState.FETCHING:
        _begin(source)
    page = _next_page(source) if source.total else None
    if source.total and page is None:
        _finish(source)
        return
    url = page.url if page else source.url
    if not take_host(url, source):
        let_go(source, pause=BUSY_PAUSE)
        return
    pause = 0.0
    try:
        _list(source) if page is None else _visit(source, page)
        pause = pause_at(url)
    finally:
        leave_host(url, source, pause=pause)
    let_go(source, pause=pause, done=source.done + (page is not None))
    if pause:
        _wake_after(pause)


def _begin(source: WebSource) -> None:
    now = timezone.now()
    hold(source, state=WebSourceState.FETCHING, visited_at=now, next_at=_retry_at(source, now), done=0, total=0)


def _retry_at(source: WebSource, now: datetime) -> datetime:
    pause = FIRST_RETRY
    if source.state == WebSourceState.FAILED and source.visited_at and source.next_at:
        pause = max(pause, 2 * (source.next_at - source.visited_at))
    return now + min(pause, timedelta(hours=source.every_hours))


def _next_page(source: WebSource) -> WebPage | None:
    waiting = Q(visit=None) | ~Q(visit=source.visited_at)
    return listed_pages(source).filter(waiting).order_by("pk").first()


def _list(source: WebSource) -> None:
    try:
        list_pages(source)
    except (SitemapError, OutgoingError) as error:
        raise VisitFailed(error.code) from error


def _visit(source: WebSource, page: WebPage) -> None:
    document = page.document
    if document is not None and document.is_withheld:
        note(source, page, error="")
        return
    if document is None and _is_kept_elsewhere(page):
        note(source, page, error="elsewhere")
        return
    try:
        _fetch(source, page)
    except LeaseLost:
        raise
    except Exception:
        # One page that we cannot cope with does not end the visit.
        logger.exception("page %s of website %s cannot be taken", page.pk, source.pk)
        note(source, page, error="fault")
    _give_up_a_dead_server(source)


def _fetch(source: WebSource, page: WebPage) -> None:
    """Asks whether the page has changed when its document shows what it was, else for the page."""
    is_shown = page.document is not None and page.document.published and page.digest
    found = fetch_page(
        page.url,
        etag=page.etag if is_shown else "",
        last_modified=page.last_modified if is_shown else "",
        language=source.language,
        before_reading=lambda: hold(source),
    )
    keep(source, page, found)


def _is_kept_elsewhere(page: WebPage) -> bool:
    others = WebPage.objects.filter(key=page.key, document__isnull=False)
    return others.exclude(source=page.source_id).exists()


def _give_up_a_dead_server(source: WebSource) -> None:
    seen = source.pages.filter(visit=source.visited_at)
    failed = list(seen.filter(OF_THE_SERVER).values_list("error", flat=True))
    if len(failed) >= PATIENCE and 2 * len(failed) > seen.count():
        raise VisitFailed(failed[-1])


def _finish(source: WebSource) -> None:
    """The end of a visit; it has failed when not a single page is in order."""
    errors = list(source.pages.values_list("error", flat=True))
    if all(errors):
        raise VisitFailed(errors[0])
    seconds = source.every_hours * 3600
    # Websites that were added together are not visited together forever.
    next_at = timezone.now() + timedelta(seconds=seconds + secrets.randbelow(seconds // 20 + 1))
    let_go(source, state=WebSourceState.IDLE, error="", next_at=next_at, done=len(errors), total=len(errors))


def _wake_after(seconds: float) -> None:
    from knowledge.tasks import work

    work.apply_async(countdown=seconds)

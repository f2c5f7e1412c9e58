"""What becomes of a page that was asked for: a document, news of one, or a reason why not."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from knowledge.choices import WebSourceKind
from knowledge.models import Document, WebPage, WebSource
from knowledge.services.documents import publish_document
from knowledge.services.uploads import free_slug
from knowledge.web.leases import hold
from knowledge.web.locations import LONGEST, host_of, key_of, plain, same_site, words_of
from knowledge.web.pages import Page, State
from knowledge.web.services import withdraw

# Found missing once, a page may be back in a minute.
MISSED = {"missing", "gone"}


def keep(source: WebSource, page: WebPage, found: Page) -> None:
    """Brings the page's row and document into line with what was found; raises LeaseLost before it publishes."""
    match found.state:
        case State.READ:
            _take(source, page, found)
        case State.UNCHANGED:
            note_unchanged(source, page)
        case State.GONE:
            _lose(source, page)
        case State.MISSING if page.error in MISSED:
            _lose(source, page)
        case _:
            note(source, page, error=found.error)


def note(source: WebSource, page: WebPage, **values: Any) -> None:
    """Marks the page as dealt with in this visit."""
    WebPage.objects.filter(pk=page.pk).update(visit=source.visited_at, **values)


def note_unchanged(source: WebSource, page: WebPage, **values: Any) -> None:
    now = timezone.now()
    note(source, page, error="", seen_at=now, **values)
    Document.objects.filter(page=page).update(seen_at=now)


def _lose(source: WebSource, page: WebPage) -> None:
    withdraw(page)
    note(source, page, error="gone", etag="", last_modified="", digest="")


def _take(source: WebSource, page: WebPage, found: Page) -> None:
    if _is_listed(source, page, found.url):
        withdraw(page)
        note(source, page, error="moved", etag="", last_modified="", digest="")
        return
    if source.kind == WebSourceKind.SITEMAP and not same_site(found.url, source.url):
        note(source, page, error="left")
        return
    names = {"etag": found.etag, "last_modified": found.last_modified, "digest": found.digest}
    if page.digest == found.digest and page.document is not None and page.document.published:
        note_unchanged(source, page, **names)
        return
    document = page.document or _former(page, found)
    if document is None or not document.is_withheld:
        hold(source)
        # Whoever narrowed the audience during the visit means this document, too.
        source.refresh_from_db(fields=["scopes", "language"])
        document = _published(source, page, found, document)
    now = timezone.now()
    note(source, page, document=document, error="", seen_at=now, changed_at=now, **names)


def _is_listed(source: WebSource, page: WebPage, url: str) -> bool:
    """Whether the address led to another page of the website."""
    return url != page.url and source.pages.exclude(pk=page.pk).filter(key=key_of(plain(url))).exists()


def _former(page: WebPage, found: Page) -> Document | None:
    """The page's document from an earlier time: its website was removed without it, or a worker died just now."""
    named = Document.objects.filter(collection=host_of(found.url), address__in=[page.url, found.url])
    former: Document | None = named.filter(page=None).defer("body").first()
    return former


def _published(source: WebSource, page: WebPage, found: Page, document: Document | None) -> Document:
    reading = found.reading
    assert reading is not None  # noqa: S101 - for the type checker: what was READ has one
    values: dict[str, Any] = {
        "title": reading.title[:200],
        "language": source.language or reading.language,
        "source": f"web:{host_of(found.url)}/{words_of(found.url)}"[:300],
    }
    extra = {
        "collection": host_of(found.url),
        "address": found.url if len(found.url) <= LONGEST else page.url,
        "format": found.format,
        # Nobody sees a new document before its audience is set.
        **({"restricted": True} if source.scopes else {}),
    }
    document = document or _reserved(words_of(found.url) or reading.title, values | extra)
    places = [[place.line, place.anchor, place.label] for place in reading.places]
    return publish_document(
        slug=document.slug,
        **values,
        body=reading.markdown,
        position=document.position,
        tags=list(source.tags.values_list("name", flat=True)),
        scopes=list(source.scopes),
        extra=extra | {"places": places, "notes": list(reading.notes), "seen_at": timezone.now()},
    )


def _reserved(words: str, values: dict[str, Any]) -> Document:
    """A new draft, so that no other worker's document gets the same slug."""
    try:
        with transaction.atomic():
            return _draft(words, values)
    except IntegrityError:
        # Somebody took the slug just now; the next one is another.
        return _draft(words, values)


def _draft(words: str, values: dict[str, Any]) -> Document:
    made: Document = Document.objects.create(slug=free_slug(words), body="", published=False, **values)
    return made

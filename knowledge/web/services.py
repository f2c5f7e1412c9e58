"""What people do with websites, one function for each change. Fetching is the worker's (knowledge.web.visit)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.http import validate_outgoing_url
from knowledge.choices import WebSourceKind
from knowledge.models import Document, Tag, WebPage, WebSource
from knowledge.services.documents import delete_document, describe, unpublish_document, wake_on_commit
from knowledge.web.locations import plain, same_site

LONGEST_INTERVAL = 24 * 90
MOST_PAGES = 20_000
# Of these the pages have to be read again.
READ_ANEW = {"language"}


def add_source(
    *,
    name: str,
    url: str,
    kind: str = WebSourceKind.PAGE,
    language: str = "",
    tags: Sequence[str] = (),
    scopes: Sequence[str] = (),
    every_hours: int = 24,
    most_pages: int = 500,
    enabled: bool = True,
) -> WebSource:
    """A website whose first visit is due at once; raises ValidationError, by field."""
    source = WebSource(name=name, kind=kind, language=language, scopes=list(scopes), next_at=timezone.now())
    _set(source, url=url, every_hours=every_hours, most_pages=most_pages, enabled=enabled)
    with transaction.atomic():
        source.save()
        source.tags.set(_tags(tags))
        wake_on_commit()
    return source


def change_source(source: WebSource, *, tags: Sequence[str] | None = None, **values: Any) -> WebSource:
    """Changes fields of a website; raises ValidationError, by field. The next visit is due at once.

    Its documents have the new tags and scopes immediately. Pages that are not of the new address are forgotten.
    """
    with transaction.atomic():
        found = WebSource.objects.select_for_update().get(pk=source.pk)
        changed = {name for name, value in values.items() if getattr(found, name) != value}
        _set(found, **values, next_at=timezone.now())
        found.save(update_fields=[*values, "next_at"])
        if tags is not None:
            found.tags.set(_tags(tags))
        if changed & READ_ANEW:
            found.pages.update(etag="", last_modified="", digest="", seen_at=None)
        if changed & {"url", "kind"}:
            forget_pages([page for page in listed_pages(found) if not belongs(page.url, found)])
        if changed & {"url", "kind", "language", "most_pages"}:
            # A visit that is going on lists its pages anew.
            found.pages.update(visit=None)
            WebSource.objects.filter(pk=found.pk).update(total=0)
        _describe(found, tags=tags, scopes=found.scopes if "scopes" in changed else None)
        wake_on_commit()
    return found


def visit_now(source: WebSource) -> None:
    """The next visit is due at once; one that is going on simply goes on."""
    WebSource.objects.filter(pk=source.pk).update(next_at=timezone.now())
    wake_on_commit()


def remove_source(source: WebSource, *, with_documents: bool) -> int:
    """Deletes the website and returns how many documents it had; without `with_documents` they stay as they are."""
    with transaction.atomic():
        documents = list(Document.objects.filter(page__source=source).defer("body"))
        if with_documents:
            for document in documents:
                delete_document(document)
        source.delete()
    return len(documents)


def problems(*, url: str, every_hours: int, most_pages: int) -> dict[str, ValidationError]:
    """What is wrong with these values, by field."""
    found = {}
    try:
        validate_outgoing_url(url)
    except ValidationError as error:
        found["url"] = error
    for name, value, most in (("every_hours", every_hours, LONGEST_INTERVAL), ("most_pages", most_pages, MOST_PAGES)):
        if not 1 <= value <= most:
            found[name] = ValidationError(_("From 1 to %(most)s."), params={"most": most}, code="limit")
    return found


def belongs(url: str, source: WebSource) -> bool:
    if source.kind == WebSourceKind.PAGE:
        return url == source.url
    return same_site(url, source.url)


def listed_pages(source: WebSource) -> QuerySet[WebPage]:
    """The pages with their documents, whose texts may be long and are left out."""
    return source.pages.select_related("document").defer("document__body")


def forget_pages(pages: Iterable[WebPage]) -> None:
    """Takes pages off the list; their documents are withdrawn, and kept."""
    for page in pages:
        withdraw(page)
        page.delete()


def withdraw(page: WebPage) -> None:
    """Unpublishes the page's document, so that it comes back with the page."""
    if page.document is not None and page.document.published:
        unpublish_document(page.document, file_is_gone=True)


def _set(source: WebSource, **values: Any) -> None:
    if "url" in values:
        values["url"] = plain(values["url"]) or values["url"]
    for name, value in values.items():
        setattr(source, name, value)
    source.full_clean(exclude=["tags", "scopes"])
    if found := problems(url=source.url, every_hours=source.every_hours, most_pages=source.most_pages):
        raise ValidationError(found)


def _tags(names: Sequence[str]) -> list[Tag]:
    spelled = {name.strip()[:50] for name in names if name.strip()}
    return [Tag.objects.get_or_create(name=name)[0] for name in sorted(spelled)]


def _describe(source: WebSource, *, tags: Sequence[str] | None, scopes: Sequence[str] | None) -> None:
    if tags is None and scopes is None:
        return
    for document in Document.objects.filter(page__source=source).defer("body"):
        describe(document, tags=tags, scopes=scopes)

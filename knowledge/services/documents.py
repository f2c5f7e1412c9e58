"""Publishing documents. What search sees of a document are the passages of its edition, while it is published.

A text up to AT_ONCE characters is cut and indexed within the call. A longer one gets its next edition from the
worker, in pieces; until that is complete, search sees the former one.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from knowledge.choices import DocumentState
from knowledge.chunking import pieces
from knowledge.indexing import write
from knowledge.indexing.versions import TEXT_RULES, locked_versions
from knowledge.models import Audience, Chunk, Document, Tag
from knowledge.services.revisions import keep_revision

AT_ONCE = 200_000
Places = Sequence[Sequence[Any]]


def fingerprint_of(*, title: str, language: str, body: str, position: int = 100) -> str:
    """What the passages of a document depend on, as a digest."""
    parts = (str(TEXT_RULES), language, str(position), title, body)
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def publish_document(
    *,
    slug: str,
    title: str,
    language: str,
    body: str,
    source: str = "",
    position: int = 100,
    from_file: bool = False,
    actor: Any = None,
    tags: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
    extra: dict[str, Any] | None = None,
) -> Document:
    """Makes or updates the document `slug` and its passages; one that is published unchanged is left alone.

    `from_file` is said by imports, so that the next one knows whether the file has changed since. `tags` and
    `scopes` (see Audience) replace what the document has; None leaves it. `extra` are further fields, such as format.
    """
    fingerprint = fingerprint_of(title=title, language=language, body=body, position=position)
    values = {
        "title": title,
        "language": language,
        "body": body,
        "position": position,
        "source": source,
        "collection": collection_of(source),
        "fingerprint": fingerprint,
        **({"file_fingerprint": fingerprint} if from_file else {}),
        # Its audience is set a moment later; until then nobody sees it.
        **({"restricted": True} if scopes else {}),
        **(extra or {}),
    }
    if (document := _unchanged(slug, values)) is None:
        document = _publish(slug, values, actor)
    describe(document, tags=tags, scopes=scopes)
    return document


def publish_with(document: Document, *, actor: Any = None, **changes: Any) -> Document:
    """Publishes the text that a document has, with `changes` of title, language, body, position or places."""
    texts = {
        name: changes.get(name, getattr(document, name)) for name in ("title", "language", "body", "position", "places")
    }
    extra = {"places": texts.pop("places")}
    return publish_document(slug=document.slug, source=document.source, actor=actor, extra=extra, **texts)


def collection_of(source: str) -> str:
    return source.partition("/")[0][:150] if "/" in source else ""


def _unchanged(slug: str, values: dict[str, Any]) -> Document | None:
    found: Document | None = Document.objects.filter(slug=slug, published=True).first()
    if found is None or any(getattr(found, name) != value for name, value in values.items()):
        return None
    return found


def _publish(slug: str, values: dict[str, Any], actor: Any) -> Document:
    body, title, places = values["body"], values["title"], values.get("places") or ()
    if len(body) > AT_ONCE:
        return _publish_later(slug, values, actor)
    # Before the transaction: SQLite has one writer, and base forms take their time.
    cut = enumerate(pieces(body, title=title, places=places))
    chunks = [write.chunk_of(piece, number=number, title=title) for number, piece in cut]
    with transaction.atomic():
        versions = locked_versions()
        document = _stored(slug, values | {"published": True, "state": DocumentState.READY, "error": ""})
        edition = document.edition + 1
        for version in versions:
            write.add(version, document, chunks, edition=edition)
        # Also an unfinished next edition of a longer text.
        write.remove(Chunk.objects.filter(document=document).exclude(edition=edition), versions)
        set_fields(document, edition=edition, done=len(chunks), total=len(chunks), lease_until=None)
        keep_revision(document, actor)
        wake_on_commit()
    return document


def _publish_later(slug: str, values: dict[str, Any], actor: Any) -> Document:
    with transaction.atomic():
        versions = locked_versions()
        waiting = {"state": DocumentState.INDEXING, "error": "", "done": 0, "total": 0, "attempts": 0}
        document = _stored(slug, values | waiting | {"published": True, "lease_until": None})
        # What was begun of another text.
        write.remove(Chunk.objects.filter(document=document, edition__gt=document.edition), versions)
        keep_revision(document, actor)
        wake_on_commit()
    return document


def _stored(slug: str, values: dict[str, Any]) -> Document:
    """The document with new values, locked, so that two who publish it take turns."""
    document, made = Document.objects.get_or_create(slug=slug, defaults=values)
    if not made:
        document = Document.objects.select_for_update().defer("body").get(pk=document.pk)
        set_fields(document, **values)
    return document


def set_fields(document: Document, **values: Any) -> None:
    for name, value in values.items():
        setattr(document, name, value)
    document.save(update_fields=[*values, "updated_at"])


def unpublish_document(document: Document, *, file_is_gone: bool = False) -> None:
    """Takes the document out of search and off the site; its text is kept.

    Imports leave it out from now on, unless it was taken out because its file is gone and the file returns.
    """
    with transaction.atomic():
        versions = locked_versions()
        write.remove(Chunk.objects.filter(document=document), versions)
        forgotten = {"fingerprint": "", "file_fingerprint": ""} if file_is_gone else {}
        idle = {"state": DocumentState.READY, "done": 0, "total": 0, "lease_until": None}
        set_fields(document, published=False, **idle, **forgotten)


def delete_document(document: Document) -> None:
    """Deletes the document; its passages leave the index in the same transaction."""
    document.delete()


def forget_passages(document: Document) -> None:
    """Takes the document's passages out of the index; the caller's transaction deletes the document."""
    write.remove(Chunk.objects.filter(document=document), locked_versions())


def describe(document: Document, *, tags: Sequence[str] | None = None, scopes: Sequence[str] | None = None) -> None:
    """Sets tags and audience; in search at once, for neither changes a passage."""
    with transaction.atomic():
        if tags is not None:
            names = {name.strip()[:50] for name in tags if name.strip()}
            document.tags.set([Tag.objects.get_or_create(name=name)[0] for name in sorted(names)])
        if scopes is not None:
            _set_audience(document, {scope for scope in scopes if scope})


def _set_audience(document: Document, scopes: set[str]) -> None:
    Audience.objects.filter(document=document).exclude(scope__in=scopes).delete()
    known = set(Audience.objects.filter(document=document).values_list("scope", flat=True))
    Audience.objects.bulk_create([Audience(document=document, scope=scope) for scope in sorted(scopes - known)])
    if document.restricted != bool(scopes):
        document.restricted = bool(scopes)
        Document.objects.filter(pk=document.pk).update(restricted=document.restricted)


def wake_on_commit() -> None:
    from knowledge.tasks import work

    transaction.on_commit(work.delay)

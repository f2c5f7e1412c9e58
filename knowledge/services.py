"""Publishing documents. A document is published exactly when it has passages in the index."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from django.db import transaction

from integrations.text import terms
from knowledge import fulltext
from knowledge.chunking import Piece, split
from knowledge.models import Chunk, Corpus, Document, Term

# Raised when chunking or base forms change, so that the next import rebuilds what is indexed.
INDEX_VERSION = 1


def fingerprint_of(*, title: str, language: str, body: str, position: int = 100) -> str:
    """What the passages of a document depend on, as a digest."""
    parts = (str(INDEX_VERSION), language, str(position), title, body)
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def publish_document(
    *, slug: str, title: str, language: str, body: str, source: str = "", position: int = 100, from_file: bool = False
) -> Document:
    """Makes or updates the document `slug` and its passages; one that is published unchanged is left alone.

    `from_file` is said by imports, so that the next one knows whether the file has changed since.
    """
    fingerprint = fingerprint_of(title=title, language=language, body=body, position=position)
    imported = {"file_fingerprint": fingerprint} if from_file else {}
    same = {"fingerprint": fingerprint, "source": source, **imported}
    current = Document.objects.filter(slug=slug, published=True, **same).first()
    if current is not None:
        return current
    # Before the transaction: SQLite has one writer, and base forms take their time.
    chunks = [_chunk(number, piece, title) for number, piece in enumerate(split(body, title=title))]
    values = {"title": title, "language": language, "body": body, "position": position}
    with transaction.atomic():
        _lock_corpus()
        document, _ = Document.objects.update_or_create(slug=slug, defaults={**values, **same, "published": True})
        _replace_chunks(document, chunks)
    return document


def unpublish_document(document: Document, *, file_is_gone: bool = False) -> None:
    """Takes the document out of search and off the site; its text is kept.

    Imports leave it out from now on, unless it was taken out because its file is gone and the file returns.
    """
    with transaction.atomic():
        _lock_corpus()
        _replace_chunks(document, [])
        document.published = False
        if file_is_gone:
            document.fingerprint = document.file_fingerprint = ""
        document.save(update_fields=["published", "fingerprint", "file_fingerprint", "updated_at"])


def delete_document(document: Document) -> None:
    """Deletes the document; its passages leave the index in the same transaction."""
    document.delete()


def forget_passages(document: Document) -> None:
    """Takes the document's passages out of the index; the caller's transaction deletes the document."""
    _lock_corpus()
    _replace_chunks(document, [])


def _chunk(number: int, piece: Piece, title: str) -> Chunk:
    # The title is in every passage's terms, but is the heading of the introduction alone.
    title_terms, heading_terms, text_terms = terms(title), terms(piece.heading), terms(piece.text)
    all_terms = [*title_terms, *heading_terms, *text_terms]
    return Chunk(
        position=number,
        heading=piece.heading,
        anchor=piece.anchor,
        text=piece.markdown,
        heading_terms=" ".join(heading_terms or title_terms),
        terms=" ".join(all_terms),
        length=len(all_terms),
    )


def _lock_corpus() -> None:
    """One change of the index at a time: counts are read and written back, and no two lock terms crosswise."""
    Corpus.objects.get_or_create(pk=1)
    Corpus.objects.select_for_update().get(pk=1)


def _replace_chunks(document: Document, chunks: list[Chunk]) -> None:
    old = list(document.chunks.all())
    fulltext.remove([chunk.pk for chunk in old])
    document.chunks.all().delete()
    for chunk in chunks:
        chunk.document = document
    fulltext.add(Chunk.objects.bulk_create(chunks))
    _count(removed=old, added=chunks)


def _count(*, removed: list[Chunk], added: list[Chunk]) -> None:
    corpus = Corpus.objects.get(pk=1)
    corpus.chunks += len(added) - len(removed)
    corpus.length += sum(chunk.length for chunk in added) - sum(chunk.length for chunk in removed)
    corpus.save()
    change = _occurrences(added)
    change.subtract(_occurrences(removed))
    changed = {term: difference for term, difference in change.items() if difference}
    known = Term.objects.in_bulk(list(changed))
    counts = {term: changed[term] + (known[term].chunks if term in known else 0) for term in changed}
    rows = [Term(term, chunks) for term, chunks in counts.items() if chunks]
    Term.objects.bulk_create(rows, update_conflicts=True, unique_fields=["term"], update_fields=["chunks"])
    Term.objects.filter(pk__in=[term for term, chunks in counts.items() if not chunks]).delete()


def _occurrences(chunks: Iterable[Chunk]) -> Counter[str]:
    return Counter(term for chunk in chunks for term in set(chunk.terms.split()))

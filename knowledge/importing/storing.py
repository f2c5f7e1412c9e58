"""Writing an imported text into the knowledge base."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from knowledge.choices import DocumentState
from knowledge.importing.texts import Text, text_digest
from knowledge.models import Document
from knowledge.services import fingerprint_of, publish_document, unpublish_document
from knowledge.services.documents import collection_of, describe, set_fields
from knowledge.services.revisions import keep_revision

DEFAULT_POSITION = 100


@dataclass(frozen=True, slots=True)
class Original:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document as its source has it now.

    `publish` None: one that is published stays so, a new one becomes a draft. `withheld`: no import publishes it.
    """

    slug: str
    source: str
    text: Text
    language: str
    digest: str
    tags: list[str] | None
    scopes: list[str] | None
    publish: bool | None
    withheld: bool = False
    address: str = ""
    original: Original | None = None

    @property
    def mark(self) -> str:
        """What is kept to tell whether the file, or somebody else, has changed the document since."""
        return self.digest + text_digest(title=self.text.title, language=self.language, body=self.text.body)

    def position(self, known: Document | None) -> int:
        if self.text.position is not None:
            return self.text.position
        return known.position if known else DEFAULT_POSITION


def store(arrival: Arrival, known: Document | None) -> Document:
    """Publishes the text, or keeps it as a draft."""
    was_public = known is not None and known.published
    is_public = was_public if arrival.publish is None else arrival.publish
    if known is not None and was_public and not is_public:
        unpublish_document(known, file_is_gone=True)
    document = _published(arrival, known) if is_public else _drafted(arrival, known)
    if arrival.original is not None:
        _keep_original(document, arrival.original)
    return document


def _facts(arrival: Arrival) -> dict[str, Any]:
    return {
        "format": arrival.text.format,
        "places": arrival.text.places,
        "notes": arrival.text.notes,
        "file_fingerprint": arrival.mark,
        "seen_at": timezone.now(),
        **({"address": arrival.address[:2000]} if arrival.address else {}),
        # Nobody sees it before its audience is set.
        **({"restricted": True} if arrival.scopes else {}),
    }


def _published(arrival: Arrival, known: Document | None) -> Document:
    return publish_document(
        slug=arrival.slug,
        title=arrival.text.title,
        language=arrival.language,
        body=arrival.text.body,
        source=arrival.source,
        position=arrival.position(known),
        tags=arrival.tags,
        scopes=arrival.scopes,
        extra=_facts(arrival),
    )


def _drafted(arrival: Arrival, known: Document | None) -> Document:
    texts: dict[str, Any] = {
        "title": arrival.text.title,
        "language": arrival.language,
        "body": arrival.text.body,
        "position": arrival.position(known),
    }
    values = texts | _facts(arrival) | {"source": arrival.source, "collection": collection_of(arrival.source)}
    values |= {"published": False, "state": DocumentState.READY, "error": ""}
    is_withheld = arrival.withheld or (known is not None and known.is_withheld)
    values["fingerprint"] = fingerprint_of(**texts) if is_withheld else ""
    with transaction.atomic():
        document, made = Document.objects.get_or_create(slug=arrival.slug, defaults=values)
        if not made:
            document = Document.objects.select_for_update().get(pk=document.pk)
            set_fields(document, **values)
        describe(document, tags=arrival.tags, scopes=arrival.scopes)
        keep_revision(document)
    return document


def _keep_original(document: Document, original: Original) -> None:
    former = document.original.name
    suffix = PurePosixPath(original.name).suffix.lower()[:12]
    document.original.save(f"{document.pk}{suffix}", ContentFile(original.data), save=False)
    set_fields(document, original=document.original, original_name=PurePosixPath(original.name).name[:255])
    if former and former != document.original.name:
        document.original.storage.delete(former)

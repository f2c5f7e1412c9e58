"""Whether a document is as its source has it, and whether people have changed it since."""

from knowledge.importing.storing import Arrival
from knowledge.importing.texts import HALF, text_digest
from knowledge.models import Document


def is_as_imported(document: Document, digest: str) -> bool:
    """Whether the file was last imported with this digest."""
    return len(document.file_fingerprint) == 2 * HALF and document.file_fingerprint[:HALF] == digest


def was_edited(document: Document) -> bool:
    """Whether the document is not as its file was when that was last imported."""
    mark = document.file_fingerprint
    if not mark:
        return bool(document.published or document.fingerprint)
    # import_docs keeps the fingerprint of the text itself.
    if mark == document.fingerprint:
        return False
    return mark[HALF:] != text_digest(title=document.title, language=document.language, body=document.body)


def says_the_same(document: Document, arrival: Arrival) -> bool:
    texts = (arrival.text.title, arrival.language, arrival.text.body, arrival.position(document), arrival.source)
    own = (document.title, document.language, document.body, document.position, document.source)
    return (
        texts == own
        and arrival.publish in {None, document.published}
        and (arrival.tags is None or tags_of(document) == set(arrival.tags))
        and (arrival.scopes is None or scopes_of(document) == set(arrival.scopes))
    )


def tags_of(document: Document) -> set[str]:
    return {tag.name for tag in document.tags.all()}


def scopes_of(document: Document) -> set[str]:
    return {audience.scope for audience in document.audiences.all()}

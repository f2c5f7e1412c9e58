"""Attachments in the product's storage, by their content: the same file twice takes the room of one."""

from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tickets.models import Attachment, TicketMessage

if TYPE_CHECKING:
    from tickets.mime.mail import ParsedMail

FOLDER = "tickets/attachments"


def keep(mail: "ParsedMail", message: TicketMessage) -> list[Attachment]:
    """The files are there before the rows are, so that a row never names a file that is not."""
    rows = []
    for part in mail.attachments:
        digest = sha256(part.content).hexdigest()
        rows.append(
            Attachment(
                message=message,
                name=part.name[:255],
                content_type=part.content_type[:100],
                size=len(part.content),
                digest=digest,
                path=_stored(digest, part.content),
                inline=part.inline,
                content_id=part.content_id[:255],
            )
        )
    return Attachment.objects.bulk_create(rows) if rows else []


def _stored(digest: str, content: bytes) -> str:
    path = f"{FOLDER}/{digest[:2]}/{digest}"
    if not default_storage.exists(path):
        # Whoever was quicker has written the same; the storage gives the second one another name.
        return str(default_storage.save(path, ContentFile(content)))
    return path

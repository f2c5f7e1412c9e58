"""Files that staff add to an answer."""

import contextlib
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from integrations.mail.addresses import CONTROLS
from tickets.errors import NotPossible
from tickets.models import Attachment, Ticket, TicketMessage

MOST_FILES = 20
FOLDER = "tickets/answers"


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    content_type: str
    size: int
    digest: str
    path: str


def store(ticket: Ticket, files: Iterable[Any]) -> list[StoredFile]:
    """Keeps uploads (`name`, `content_type`, `read()`) in the product's storage; raises NotPossible (`attachments`)."""
    chosen = list(files)
    if len(chosen) > MOST_FILES:
        raise NotPossible("attachments", "too_many_files")
    contents = [bytes(file.read()) for file in chosen]
    if sum(map(len, contents)) > settings.MAIL_MAX_BYTES:
        raise NotPossible("attachments", "files_too_big")
    return [_keep(ticket, file, content) for file, content in zip(chosen, contents, strict=True)]


def discard(files: Sequence[StoredFile]) -> None:
    """The answer was not written after all."""
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            default_storage.delete(file.path)


def attach(message: TicketMessage, files: Sequence[StoredFile]) -> None:
    if not files:
        return
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            digest=file.digest,
            path=file.path,
        )
        for file in files
    )


def _keep(ticket: Ticket, file: Any, content: bytes) -> StoredFile:
    # A name from another system may hold folders, and characters that no header may.
    plain = PurePath(str(getattr(file, "name", "") or "").replace("\\", "/")).name
    name = "".join(letter for letter in plain if letter not in CONTROLS)[-200:] or "file"
    path = default_storage.save(f"{FOLDER}/{ticket.uuid.hex}/{uuid.uuid4().hex}", ContentFile(content))
    kind = str(getattr(file, "content_type", "") or "")[:100]
    return StoredFile(name, kind, len(content), hashlib.sha256(content).hexdigest(), path)

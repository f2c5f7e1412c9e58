"""Photos and documents that operators send along."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings

from integrations.telegram.bots import token_of
from integrations.telegram.client import BotClient
from integrations.telegram.errors import TelegramError
from tickets.errors import NotPossible

JSON = dict[str, Any]
KINDS = ("document", "video", "audio", "voice", "animation", "video_note")
ENDINGS = {"video": "mp4", "audio": "mp3", "voice": "ogg", "animation": "mp4", "video_note": "mp4"}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that Telegram has; `size` in bytes as Telegram says, 0 where it does not."""

    file_id: str
    name: str
    content_type: str
    size: int


@dataclass(slots=True)
class Upload:
    """As Django's uploads: what answers take for attachments."""

    name: str
    content_type: str
    content: bytes = field(repr=False)

    def read(self) -> bytes:
        return BytesIO(self.content).read()


def files_of(message: JSON) -> list[SentFile]:
    """The file of a message, if it has one: a photo in its biggest size."""
    photos = [size for size in message.get("photo") or [] if isinstance(size, dict)]
    if photos:
        biggest = max(photos, key=lambda size: size.get("file_size") or size.get("width") or 0)
        return [SentFile(str(biggest.get("file_id")), "photo.jpg", "image/jpeg", int(biggest.get("file_size") or 0))]
    for kind in KINDS:
        if isinstance(found := message.get(kind), dict):
            name = str(found.get("file_name") or f"{kind}.{ENDINGS.get(kind, 'bin')}")
            content_type = str(found.get("mime_type") or "application/octet-stream")
            return [SentFile(str(found.get("file_id")), name, content_type, int(found.get("file_size") or 0))]
    return []


def fetch(bot: str, files: list[SentFile]) -> list[Upload]:
    """The contents; raises NotPossible (`attachments`) for what is too big, DeliveryError when Telegram has trouble."""
    if not files:
        return []
    most = settings.TELEGRAM_MAX_FILE_BYTES
    if any(file.size > most for file in files):
        raise NotPossible("attachments", "files_too_big")
    client = BotClient(token_of(bot))
    return [_fetched(client, file, most) for file in files]


def _fetched(client: BotClient, file: SentFile, most: int) -> Upload:
    try:
        content = async_to_sync(client.download)(file.file_id, most_bytes=most)
    except TelegramError as error:
        if error.permanent:
            code = "files_too_big" if error.code == "too_big" else "file_gone"
            raise NotPossible("attachments", code) from error
        raise
    return Upload(file.name, file.content_type, content)

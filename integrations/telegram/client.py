"""An async client of the Bot API, through the guarded door.

The token stands in the path of every address, so addresses never reach a log, an error or a repr.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings

from integrations.http import Policy, Request
from integrations.http.hosts import InternalHosts
from integrations.outbox.web import call_async
from integrations.telegram.errors import ChatMigrated, TelegramError, error_of

logger = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
SECONDS = 30.0
DOWNLOAD_SECONDS = 60.0
# Beyond the time that Telegram keeps a poll open.
POLL_MARGIN = 10.0

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send along: `parameter` is what holds it (`photo`, `document`)."""

    parameter: str
    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


class BotClient:
    """One bot. Every method raises TelegramError, DeliveryError (never left) or OutcomeUnknown (no answer)."""

    def __init__(self, token: str, *, base_url: str = "") -> None:
        self._token = token
        self._base = (base_url or settings.TELEGRAM_API_URL).rstrip("/")

    def __repr__(self) -> str:
        return f"<BotClient {self._token.partition(':')[0]}>"

    async def call(
        self, method: str, fields: Mapping[str, Any], *, upload: Upload | None = None, seconds: float = SECONDS
    ) -> Any:
        """The `result` of any method of the API. Parameters that are None are left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        request = self._request(method, given, upload)
        answer = await call_async(request, policy=outgoing_policy(self._base, seconds), most_bytes=MOST_BYTES)
        parsed = _parsed(answer.body)
        if isinstance(parsed, dict) and parsed.get("ok") is True:
            return parsed.get("result")
        raise error_of(answer.status, parsed)

    async def call_chat(self, method: str, fields: Mapping[str, Any], *, upload: Upload | None = None) -> Any:
        """As `call`, following a group that has become a supergroup."""
        try:
            return await self.call(method, fields, upload=upload)
        except ChatMigrated as moved:
            logger.info("Telegram chat %s is now %s", fields.get("chat_id"), moved.chat_id)
            return await self.call(method, {**fields, "chat_id": moved.chat_id}, upload=upload)

    async def get_me(self) -> JSON:
        return _object(await self.call("getMe", {}))

    async def send_message(self, chat_id: int | str, text: str, **options: Any) -> JSON:
        return _object(await self.call_chat("sendMessage", {"chat_id": chat_id, "text": text, **options}))

    async def send_photo(self, chat_id: int | str, photo: str | Upload, **options: Any) -> JSON:
        return await self._send_file("sendPhoto", "photo", chat_id, photo, options)

    async def send_document(self, chat_id: int | str, document: str | Upload, **options: Any) -> JSON:
        return await self._send_file("sendDocument", "document", chat_id, document, options)

    async def edit_message_text(self, chat_id: int | str, message_id: int, text: str, **options: Any) -> Any:
        fields = {"chat_id": chat_id, "message_id": message_id, "text": text, **options}
        return await self.call_chat("editMessageText", fields)

    async def answer_callback_query(self, query_id: str, **options: Any) -> Any:
        return await self.call("answerCallbackQuery", {"callback_query_id": query_id, **options})

    async def send_chat_action(self, chat_id: int | str, action: str = "typing") -> Any:
        return await self.call("sendChatAction", {"chat_id": chat_id, "action": action})

    async def get_webhook_info(self) -> JSON:
        return _object(await self.call("getWebhookInfo", {}))

    async def download(self, file_id: str, *, most_bytes: int) -> bytes:
        """A file that somebody has sent to the bot; TelegramError has the code `too_big` beyond `most_bytes`."""
        found = _object(await self.call("getFile", {"file_id": file_id}))
        path = quote(str(found.get("file_path") or ""))
        request = Request("GET", f"{self._base}/file/bot{self._token}/{path}")
        policy = outgoing_policy(self._base, DOWNLOAD_SECONDS)
        answer = await call_async(request, policy=policy, most_bytes=most_bytes + 1)
        if answer.status != 200:
            raise error_of(answer.status, _parsed(answer.body))
        if len(answer.body) > most_bytes:
            raise TelegramError("The file is too big.", code="too_big", permanent=True)
        return answer.body

    async def set_webhook(self, url: str, *, secret_token: str, **options: Any) -> Any:
        """Telegram then sends `secret_token` in X-Telegram-Bot-Api-Secret-Token with every update."""
        return await self.call("setWebhook", {"url": url, "secret_token": secret_token, **options})

    async def delete_webhook(self, *, drop_pending_updates: bool = False) -> Any:
        return await self.call("deleteWebhook", {"drop_pending_updates": drop_pending_updates})

    async def get_updates(self, *, offset: int | None = None, timeout: int = 25, **options: Any) -> list[JSON]:
        """Waits up to `timeout` seconds for updates from `offset` on."""
        fields = {"offset": offset, "timeout": timeout, **options}
        found = await self.call("getUpdates", fields, seconds=timeout + POLL_MARGIN)
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    async def _send_file(
        self, method: str, name: str, chat_id: int | str, file: str | Upload, options: Mapping[str, Any]
    ) -> JSON:
        fields = {"chat_id": chat_id, **options}
        if isinstance(file, Upload):
            return _object(await self.call_chat(method, fields, upload=file))
        return _object(await self.call_chat(method, {**fields, name: file}))

    def _request(self, method: str, fields: Mapping[str, Any], upload: Upload | None) -> Request:
        url = f"{self._base}/bot{self._token}/{method}"
        if upload is None:
            return Request.with_json("POST", url, dict(fields))
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        file = (upload.name, upload.content, upload.content_type)
        form = httpx.Request("POST", "http://form", data=texts, files={upload.parameter: file})
        return Request("POST", url, headers={"Content-Type": form.headers["content-type"]}, content=form.read())


def outgoing_policy(base_url: str, seconds: float) -> Policy:
    """The owner's limits. A server of one's own is named in the settings, which opens the way to it."""
    policy = Policy.from_settings().but(total_seconds=seconds, max_redirects=0)
    if base_url != settings.TELEGRAM_API_URL:
        return policy
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return policy.but(internal=InternalHosts.read([*settings.INTERNAL_HOSTS, f"{host}:{port}"]))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _object(result: Any) -> JSON:
    return result if isinstance(result, dict) else {}

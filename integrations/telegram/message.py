"""From what a caller wants to the stored payload."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

from integrations.outbox.errors import InvalidMessage
from integrations.telegram.bots import clean_bot
from integrations.telegram.text import LIMIT, PARSE_MODES, visible_length

CAPTION_LIMIT = 1024
CHAT = re.compile(r"-?\d{1,20}|@[A-Za-z]\w{3,31}")
# What else a caller may give, as the Bot API defines it.
OPTIONS = frozenset(
    {
        "business_connection_id",
        "disable_notification",
        "link_preview_options",
        "message_effect_id",
        "message_thread_id",
        "protect_content",
        "reply_markup",
        "reply_parameters",
    }
)
FILE_FIELDS = {"sendPhoto": "photo", "sendDocument": "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the product's storage (`path`), or one that Telegram has or fetches itself (`reference`)."""

    path: str = ""
    reference: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramMessage:
    """A text, or a file with a caption; with `edits` the new text of the message with that id.

    `bot` is a reference that `bots.clean_bot` understands, by default the bot of the environment.
    `parse_mode` is HTML, MarkdownV2, Markdown or nothing.
    """

    chat_id: int | str
    text: str = ""
    bot: str = ""
    parse_mode: str = ""
    photo: File | None = None
    document: File | None = None
    edits: int | None = None
    options: dict[str, Any] = field(default_factory=dict)


def clean(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with every field checked; raises InvalidMessage."""
    method = _method(payload)
    cleaned: dict[str, Any] = {
        "method": method,
        "bot": clean_bot(payload.get("bot")),
        "chat_id": _chat(payload.get("chat_id")),
        "parse_mode": _parse_mode(payload.get("parse_mode") or ""),
        "options": _options(payload.get("options") or {}),
        "text": _text(payload, method),
    }
    if method in FILE_FIELDS:
        cleaned["file"] = _file(FILE_FIELDS[method], payload[FILE_FIELDS[method]])
    if method == "editMessageText":
        cleaned["message_id"] = _message_id(payload["edits"])
    return cleaned


def _method(payload: dict[str, Any]) -> str:
    chosen = [
        method
        for method, name in (("sendPhoto", "photo"), ("sendDocument", "document"), ("editMessageText", "edits"))
        if payload.get(name) is not None
    ]
    if len(chosen) > 1:
        raise InvalidMessage("photo", "excludes a document and an edit, and the other way round")
    return chosen[0] if chosen else "sendMessage"


def _chat(value: Any) -> str:
    text = str(value).strip()
    if isinstance(value, bool) or not CHAT.fullmatch(text):
        raise InvalidMessage("chat_id", "must be a number or the @name of a channel")
    return text


def _parse_mode(value: Any) -> str:
    if value not in PARSE_MODES:
        raise InvalidMessage("parse_mode", "must be HTML, MarkdownV2, Markdown or nothing")
    return str(value)


def _options(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - OPTIONS:
        raise InvalidMessage("options", f"must be an object that holds only {', '.join(sorted(OPTIONS))}")
    return value


def _text(payload: dict[str, Any], method: str) -> str:
    text = payload.get("text") or ""
    if not isinstance(text, str):
        raise InvalidMessage("text", "must be text")
    is_caption = method in FILE_FIELDS
    if not is_caption and not text.strip():
        raise InvalidMessage("text", "must not be empty")
    limit = CAPTION_LIMIT if is_caption else LIMIT
    if visible_length(text, payload.get("parse_mode") or "") > limit:
        raise InvalidMessage("text", f"is longer than {limit} characters")
    return text


def _file(name: str, value: Any) -> dict[str, str]:
    value = value if isinstance(value, dict) else {}
    path, reference = value.get("path") or "", value.get("reference") or ""
    if bool(path) == bool(reference):
        raise InvalidMessage(name, "must have either a path or a reference")
    if path and not _is_stored(path):
        raise InvalidMessage(name, "must be a file of the product's storage")
    return {"path": path, "reference": reference, "name": value.get("name") or path.rpartition("/")[2]}


def _is_stored(path: str) -> bool:
    try:
        return bool(default_storage.exists(path))
    except SuspiciousFileOperation:
        return False


def _message_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidMessage("edits", "must be the number of a message")
    return value

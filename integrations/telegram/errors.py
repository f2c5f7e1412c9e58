"""What the Bot API refuses, by what can be done about it. Texts are Telegram's and hold no token."""

from typing import Any

from integrations.outbox.errors import DeliveryError

LONGEST_TEXT = 300


class TelegramError(DeliveryError):
    """Telegram answered, and did not do it."""


class BotRefused(TelegramError):
    """The token is none, or was revoked."""


class ChatUnreachable(TelegramError):
    """Blocked by the person, kicked out of the group, no such chat: it does not come back by trying."""


class TooManyRequests(TelegramError):
    """`retry_after` seconds of silence are asked for."""


class ChatMigrated(TelegramError):
    """The group has become a supergroup with another id."""

    def __init__(self, text: str, chat_id: int) -> None:
        super().__init__(text, code="400", permanent=True)
        self.chat_id = chat_id


class NotModified(TelegramError):
    """An edit that changes nothing: it stands there already."""


UNREACHABLE = ("chat not found", "user is deactivated", "bot was kicked", "peer_id_invalid", "chat_id is empty")


def error_of(status: int, answer: Any) -> TelegramError:
    """The error for an answer with `ok: false`, or for one that is not Telegram's JSON (`answer` is then None)."""
    if not isinstance(answer, dict):
        return TelegramError(f"Telegram answered {status}.", code=str(status), permanent=400 <= status < 429)
    code = answer.get("error_code")
    code = code if isinstance(code, int) else status
    text = f"Telegram said: {code} {str(answer.get('description') or '')[:LONGEST_TEXT]}".strip()
    parameters = answer.get("parameters")
    return _by_code(code, text, parameters if isinstance(parameters, dict) else {})


def _by_code(code: int, text: str, parameters: dict[str, Any]) -> TelegramError:
    if code in {401, 404}:
        return BotRefused(text, code=str(code), permanent=True)
    if code == 403:
        return ChatUnreachable(text, code="403", permanent=True)
    if code == 429:
        pause = parameters.get("retry_after")
        seconds = float(pause) if isinstance(pause, int | float) and pause >= 0 else None
        return TooManyRequests(text, code="429", retry_after=seconds, everywhere=True)
    if code == 400:
        return _bad_request(text, parameters)
    return TelegramError(text, code=str(code), permanent=code < 500, everywhere=code >= 500)


def _bad_request(text: str, parameters: dict[str, Any]) -> TelegramError:
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        return ChatMigrated(text, moved)
    lowered = text.lower()
    if "message is not modified" in lowered:
        return NotModified(text, code="400", permanent=True)
    kind = ChatUnreachable if any(words in lowered for words in UNREACHABLE) else TelegramError
    return kind(text, code="400", permanent=True)

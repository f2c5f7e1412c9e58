"""Where in Telegram something was pressed or written, and how to say something there."""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import translation

from integrations.models import Delivery
from integrations.outbox.services import Order
from integrations.telegram.bots import ENVIRONMENT
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import send_message
from tickets.models import OperatorChat

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A message of a chat (`message_id`, None for the chat as such). `speaks`: the language of the person's program."""

    bot: str
    chat_id: str = ""
    thread_id: int | None = None
    message_id: int | None = None
    is_private: bool = False
    speaks: str = ""

    @classmethod
    def of(cls, bot: str, message: object, *, fallback: object = None) -> "Place":
        given = message if isinstance(message, dict) else {}
        sender = fallback if isinstance(fallback, dict) else given.get("from")
        chat = given.get("chat")
        chat = chat if isinstance(chat, dict) else {}
        return cls(
            bot=bot,
            chat_id=str(chat.get("id", "")),
            thread_id=given.get("message_thread_id") if given.get("is_topic_message") else None,
            message_id=given.get("message_id"),
            is_private=chat.get("type") == "private",
            speaks=str(sender.get("language_code", ""))[:2] if isinstance(sender, dict) else "",
        )

    def language(self) -> str:
        """That of the chat where we know it, else the person's."""
        chats = OperatorChat.objects.filter(chat_id=self.chat_id)
        known = next((chat.language for chat in chats if (chat.bot or ENVIRONMENT) == self.bot), "")
        spoken = {code for code, _name in settings.LANGUAGES}
        return next((code for code in (known, self.speaks) if code in spoken), translation.get_language() or "en")

    def say(self, text: str, order: Order, **options: Any) -> list[Delivery]:
        """In answer to the message, in the caller's transaction; `text` is HTML."""
        given: JSON = {"link_preview_options": {"is_disabled": True}, **options}
        if self.message_id is not None:
            given["reply_parameters"] = {"message_id": self.message_id, "allow_sending_without_reply": True}
        if self.thread_id is not None:
            given["message_thread_id"] = self.thread_id
        return send_message(
            TelegramMessage(chat_id=self.chat_id, text=text, bot=self.bot, parse_mode="HTML", options=given), order
        )

    def under(self, message_id: int | None) -> "Place":
        return replace(self, message_id=message_id)

"""Erasing what operators' chats show of tickets: cards follow their tickets, other messages are written over."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from integrations.outbox.errors import InvalidMessage
from integrations.outbox.services import Order
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import edit_message
from tickets.models import ChatPost, OperatorPrompt, TelegramUpdate, TicketCard
from tickets.telegram.chats import bot_of

KEY = "ticket-erased"
# An update of a bot: what people press or write, and the message that it is about.
PARTS = ("message", "edited_message", "callback_query")


def erase(tickets: list[int]) -> int:
    """Returns how many messages in chats will be written over, cards included."""
    _empty_updates(set(_known(tickets)))
    posts = ChatPost.objects.filter(card__ticket__in=tickets, message_id__isnull=False).select_related("card__chat")
    written = sum(_write_over(post) for post in posts)
    ChatPost.objects.filter(card__ticket__in=tickets, delivery_key="").update(dropped=True)
    return written + TicketCard.objects.filter(ticket__in=tickets).count()


def _write_over(post: ChatPost) -> bool:
    chat = post.card.chat
    with translation.override(chat.language):
        text = _("The personal data of this customer have been erased.")
    message = TelegramMessage(chat_id=chat.chat_id, text=text, bot=bot_of(chat), edits=post.message_id)
    try:
        edit_message(message, Order(key=f"{KEY}:{post.pk}", source=KEY))
    except InvalidMessage:
        # The chat or its bot is gone, and with it our way to the message.
        return False
    return True


def _known(tickets: list[int]) -> Iterator[tuple[str, int | None]]:
    """(chat, number) of each message that we know to be about the tickets."""
    cards = TicketCard.objects.filter(ticket__in=tickets, message_id__isnull=False)
    yield from cards.values_list("chat__chat_id", "message_id")
    posts = ChatPost.objects.filter(card__ticket__in=tickets, message_id__isnull=False)
    yield from posts.values_list("card__chat__chat_id", "message_id")
    prompts = OperatorPrompt.objects.filter(ticket__in=tickets, message_id__isnull=False)
    yield from prompts.values_list("chat", "message_id")


def _empty_updates(known: set[tuple[str, int | None]]) -> None:
    if not known:
        return
    handled = TelegramUpdate.objects.filter(handled_at__isnull=False).exclude(payload={})
    about = [row.pk for row in handled.iterator() if not known.isdisjoint(_messages(row.payload))]
    TelegramUpdate.objects.filter(pk__in=about).update(payload={})


def _messages(payload: dict[str, Any]) -> Iterable[tuple[str, int | None]]:
    for name in PARTS:
        part = payload.get(name)
        while isinstance(part, dict):
            if isinstance(chat := part.get("chat"), dict) and "message_id" in part:
                yield str(chat.get("id")), part["message_id"]
            part = part.get("message") or part.get("reply_to_message")

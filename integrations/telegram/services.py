"""Sending to Telegram chats."""

import dataclasses
from dataclasses import replace

from django.db import transaction

from integrations.outbox.choices import DeliveryKind
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order, enqueue
from integrations.telegram.message import TelegramMessage
from integrations.telegram.text import PARSE_MODES, Unsplittable, split


def send_message(message: TelegramMessage, order: Order) -> list[Delivery]:
    """Enqueues the message in the caller's transaction; raises InvalidMessage naming the field that is wrong.

    A text that is too long becomes several deliveries that go out in order, each of them once; an inline
    keyboard (`reply_markup`) stays with the last one.
    """
    texts = _parts(message)
    if len(texts) < 2:
        return [_enqueue(message, order)]
    with transaction.atomic():
        return [
            _enqueue(_part(message, text, is_last=number == len(texts)), replace(order, key=f"{order.key}/{number}"))
            for number, text in enumerate(texts, 1)
        ]


def edit_message(message: TelegramMessage, order: Order) -> Delivery:
    """As `send_message` with `edits`: doing it twice changes nothing, so it may always be repeated."""
    if message.edits is None:
        raise InvalidMessage("edits", "must be the number of a message")
    return _enqueue(message, replace(order, repeatable=True))


def _enqueue(message: TelegramMessage, order: Order) -> Delivery:
    return enqueue(DeliveryKind.TELEGRAM, dataclasses.asdict(message), order)


def _parts(message: TelegramMessage) -> list[str]:
    """One part, or none, for what cannot be split or will be refused anyway."""
    plain = message.photo is None and message.document is None and message.edits is None
    if not plain or not isinstance(message.text, str) or message.parse_mode not in PARSE_MODES:
        return []
    try:
        return split(message.text, message.parse_mode)
    except Unsplittable as error:
        raise InvalidMessage("text", "is too long, and its markup cannot be cut") from error


def _part(message: TelegramMessage, text: str, *, is_last: bool) -> TelegramMessage:
    kept = {name: value for name, value in message.options.items() if is_last or name != "reply_markup"}
    return replace(message, text=text, options=kept)

"""Cards of tickets: what chats show of a ticket follows what it is.

`wanted` goes up in the transaction of each change; a worker shows the newest state and notes it in `shown`. One message
about a card is on its way at a time, and messages to a chat go out in order, so nothing old follows anything new.
"""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from integrations.models import Delivery
from integrations.outbox.choices import OPEN_STATES, Priority
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.services import Order
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import edit_message, send_message
from tickets.choices import DraftState
from tickets.models import Draft, OperatorChat, Ticket, TicketCard
from tickets.telegram.buttons import keyboard
from tickets.telegram.card_text import card_text
from tickets.telegram.chats import bot_of

logger = logging.getLogger(__name__)

KEY = "ticket-card"


def show(ticket: Ticket, chats: Iterable[OperatorChat]) -> None:
    """New cards in the chats that have none yet, in the caller's transaction."""
    for chat in chats:
        card, is_new = TicketCard.objects.get_or_create(ticket=ticket, chat=chat)
        if is_new:
            refresh(card.pk)


def want(ticket: Ticket) -> bool:
    """The ticket has changed: its cards are to show it. Whether there are any."""
    changed = TicketCard.objects.filter(ticket=ticket).update(wanted=F("wanted") + 1, updated_at=timezone.now())
    return bool(changed)


def refresh_all() -> None:
    for key in list(TicketCard.objects.filter(wanted__gt=F("shown")).order_by("pk").values_list("pk", flat=True)):
        refresh(key)


@transaction.atomic
def refresh(card_id: int) -> bool:
    """Hands the newest state of the card over unless a message about it is on its way; whether it did."""
    card = TicketCard.objects.select_for_update(of=("self",)).select_related("chat").filter(pk=card_id).first()
    if card is None or card.shown >= card.wanted or not card.chat.enabled or _waits(card):
        return False
    key = f"{KEY}:{card.pk}:{card.wanted}"
    try:
        _hand_over(card, key)
    except InvalidMessage as error:
        # Such as a bot that has been taken away: the next change tries again.
        logger.warning("card %s cannot be shown: %s", card.pk, error)
        card.error = str(error)[:300]
    else:
        card.delivery_key, card.error = key, ""
    card.shown = card.wanted
    card.save(update_fields=["shown", "delivery_key", "error"])
    return not card.error


def _waits(card: TicketCard) -> bool:
    """For the end of what is on its way: of the first message we need its number, of an edit that it is over."""
    if card.message_id is None:
        return bool(card.delivery_key)
    return Delivery.objects.filter(idempotency_key=card.delivery_key, state__in=OPEN_STATES).exists()


def _hand_over(card: TicketCard, key: str) -> None:
    ticket = Ticket.objects.select_related("mailbox__hours", "customer", "assignee").get(pk=card.ticket_id)
    draft = Draft.objects.filter(ticket=ticket, state=DraftState.OPEN).select_related("triage").first()
    with translation.override(card.chat.language):
        message = TelegramMessage(
            chat_id=card.chat.chat_id,
            text=card_text(ticket, draft),
            bot=bot_of(card.chat),
            parse_mode="HTML",
            edits=card.message_id,
            options={"reply_markup": keyboard(ticket, draft), "link_preview_options": {"is_disabled": True}},
        )
    order = Order(key=key, source=f"ticket:{ticket.uuid}", priority=Priority.URGENT)
    if card.message_id is None:
        if card.chat.thread_id is not None:
            message.options["message_thread_id"] = card.chat.thread_id
        send_message(message, order)
    else:
        edit_message(message, order)


def settled(card_id: int, *, message_id: int | None, failed: bool, was_edit: bool) -> None:
    """What became of a message about the card."""
    cards = TicketCard.objects.filter(pk=card_id)
    if failed and was_edit:
        # Somebody has deleted it: the next change shows a new one.
        cards.update(message_id=None, delivery_key="")
    elif message_id is not None and not was_edit:
        cards.update(message_id=message_id)


def wake() -> None:
    """Never raises: the sweep finds the cards that nobody was told of."""
    from tickets.telegram.tasks import show_cards

    try:
        show_cards.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the sweep will find the cards that are to be shown")


def wake_on_commit() -> None:
    transaction.on_commit(wake)

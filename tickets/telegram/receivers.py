"""What cards follow: the tickets they show, and the messages they are."""

from datetime import datetime, timedelta
from typing import Any

from celery.signals import worker_shutdown
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.utils import timezone

from integrations.models import Delivery
from integrations.outbox.choices import DeliveryKind, DeliveryState
from integrations.outbox.signals import delivery_settled
from tickets.choices import EventKind, MessageKind, PostKind
from tickets.models import ChatPost, OperatorChat, OperatorPrompt, Ticket, TicketCard, TicketEvent
from tickets.signals import ticket_changed
from tickets.sla.hours import Hours
from tickets.telegram import cards, posts, prompts
from tickets.telegram.polling import pollers

# A reading thread sees at once that it is to end, unless it waits for Telegram.
SECONDS = 1.0

POSTS = {
    EventKind.ESCALATED: PostKind.AGAIN,
    EventKind.SLA_WARNING: PostKind.DUE_SOON,
    EventKind.SLA_BREACHED: PostKind.OVERDUE,
}

REMINDERS = (PostKind.DUE_SOON, PostKind.OVERDUE)


@receiver(ticket_changed, dispatch_uid="tickets.telegram.cards")
def show_change(event: TicketEvent, ticket: Ticket, **_: Any) -> None:
    """Only tickets that were handed over have cards; the others cost nothing here."""
    if ticket.escalated_at is None or not cards.want(ticket):
        return
    if (kind := _post(event)) is not None:
        posts.plan(ticket, kind, event, not_before=_awake(ticket) if kind in REMINDERS else None)
    cards.wake_on_commit()


def _post(event: TicketEvent) -> PostKind | None:
    if event.kind == EventKind.MESSAGE:
        is_mail = event.message is not None and event.message.kind == MessageKind.CUSTOMER
        return PostKind.MAIL if is_mail else None
    if event.kind == EventKind.ESCALATED and "triage" in event.data:
        # It is about a mail that is under the card already.
        return None
    return POSTS.get(EventKind(event.kind))


def _awake(ticket: Ticket) -> datetime | None:
    """When people are at work next, where the mailbox has office hours and they are over; None for now."""
    now = timezone.now()
    try:
        hours = Hours.of(ticket.mailbox.hours)
    except ValidationError:
        return None
    return None if hours.is_open(now) else hours.add(now, timedelta(seconds=1))


@receiver(delivery_settled, dispatch_uid="tickets.telegram.cards")
def note_message(delivery: Delivery, **_: Any) -> None:
    """The number of a message is known once it has been sent: by it we know what people answer to."""
    if delivery.kind != DeliveryKind.TELEGRAM:
        return
    kind, _colon, rest = delivery.idempotency_key.partition(":")
    if kind not in {cards.KEY, posts.KEY, prompts.KEY}:
        return
    key = int(rest.partition(":")[0])
    number = delivery.result.get("message_id") if delivery.state == DeliveryState.DELIVERED else None
    if kind == posts.KEY:
        ChatPost.objects.filter(pk=key).update(message_id=number)
    elif kind == prompts.KEY:
        OperatorPrompt.objects.filter(pk=key).update(message_id=number)
    else:
        was_edit = delivery.payload.get("method") == "editMessageText"
        cards.settled(key, message_id=number, failed=delivery.state == DeliveryState.FAILED, was_edit=was_edit)
        _follow_group(key, delivery)
        cards.wake_on_commit()


@worker_shutdown.connect(weak=False)
def stop_reading(**_: Any) -> None:
    pollers.stop(SECONDS)


def _follow_group(card_id: int, delivery: Delivery) -> None:
    """A group that has become a supergroup has another number, and a channel's name is one."""
    asked, found = str(delivery.payload.get("chat_id")), delivery.result.get("chat_id")
    if found and str(found) != asked:
        chat = TicketCard.objects.values_list("chat", flat=True).filter(pk=card_id)
        OperatorChat.objects.filter(pk__in=chat, chat_id=asked).update(chat_id=str(found))

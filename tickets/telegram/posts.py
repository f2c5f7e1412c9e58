"""What is said under a card: a further mail of the customer, a date that comes near, a second hand-over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations.outbox.errors import InvalidMessage
from integrations.outbox.services import Order
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import send_message
from tickets.choices import OURS, PostKind
from tickets.models import ChatPost, Ticket, TicketEvent
from tickets.models.mailboxes import shown_name
from tickets.telegram.chats import bot_of
from tickets.telegram.texts import customer, mention, moment, one_line, title, words_of

KEY = "ticket-post"
MAIL = 3000
# Under a card that could not be shown for so long, nothing is said any more.
OLDEST = timedelta(days=3)


def plan(ticket: Ticket, kind: PostKind, event: TicketEvent, *, not_before: datetime | None = None) -> None:
    """A message under each card of the ticket, once for the event, in the caller's transaction."""
    rows = [
        ChatPost(card_id=card, kind=kind, event=event, not_before=not_before or timezone.now())
        for card in ticket.cards.values_list("pk", flat=True)
    ]
    ChatPost.objects.bulk_create(rows, ignore_conflicts=True)


def send_due() -> None:
    now = timezone.now()
    due = ChatPost.objects.filter(delivery_key="", dropped=False, not_before__lte=now, created_at__gt=now - OLDEST)
    for key in list(due.filter(card__message_id__isnull=False).order_by("pk").values_list("pk", flat=True)):
        send(key)


@transaction.atomic
def send(post_id: int) -> bool:
    """Hands the message over; whether this call did."""
    key = f"{KEY}:{post_id}"
    if not ChatPost.objects.filter(pk=post_id, delivery_key="", dropped=False).update(delivery_key=key):
        return False
    post = ChatPost.objects.select_related("card__chat", "event__message").get(pk=post_id)
    ticket = Ticket.objects.select_related("mailbox__hours", "customer", "assignee").get(pk=post.card.ticket_id)
    with translation.override(post.card.chat.language):
        text = _text(post, ticket)
    if not text or not post.card.chat.enabled:
        return _drop(post)
    try:
        _hand_over(post, text, Order(key=key, source=f"ticket:{ticket.uuid}"))
    except InvalidMessage:
        return _drop(post)
    return True


def _drop(post: ChatPost) -> bool:
    ChatPost.objects.filter(pk=post.pk).update(dropped=True, delivery_key="")
    return False


def _hand_over(post: ChatPost, text: str, order: Order) -> None:
    chat = post.card.chat
    options = {
        "reply_parameters": {"message_id": post.card.message_id, "allow_sending_without_reply": True},
        "link_preview_options": {"is_disabled": True},
    }
    if chat.thread_id is not None:
        options["message_thread_id"] = chat.thread_id
    send_message(
        TelegramMessage(chat_id=chat.chat_id, text=text, bot=bot_of(chat), parse_mode="HTML", options=options), order
    )


def _text(post: ChatPost, ticket: Ticket) -> str:
    """Nothing where it has become untrue since it was planned."""
    match post.kind:
        case PostKind.MAIL if post.event.message is not None:
            return f"✉️ <b>{customer(ticket)}</b>\n{words_of(post.event.message, MAIL)}"
        case PostKind.AGAIN:
            title = _("Handed over again")
            return f"🟠 {title}: {one_line(shown_name(ticket.escalation_reason), 300)}"
        case PostKind.DUE_SOON | PostKind.OVERDUE if ticket.due_at is not None and ticket.state in OURS:
            return _reminder(ticket)
    return ""


def _reminder(ticket: Ticket) -> str:
    assert ticket.due_at is not None  # noqa: S101 - seen to by the caller
    late = ticket.is_overdue(timezone.now())
    words = _("overdue since %(when)s") if late else _("due %(when)s")
    when = words % {"when": moment(ticket.due_at, ticket.mailbox)}
    who = mention(ticket.assignee) if ticket.assignee else _("nobody has taken it")
    return f"{'🔥' if late else '⏰'} <b>{title(ticket)}</b>\n{when} · {who}"

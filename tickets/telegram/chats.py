"""Which chats are told of a ticket."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from integrations.telegram.bots import ENVIRONMENT
from tickets.models import Mailbox, OperatorChat


def bot_of(chat: OperatorChat) -> str:
    """The reference of the chat's bot, as integrations.telegram.bots has it."""
    return chat.bot or ENVIRONMENT


def chats_of(mailbox: Mailbox) -> list[OperatorChat]:
    """The mailbox's own chats, else those for all mailboxes, else the one of TELEGRAM_CHAT_ID; none is possible."""
    enabled = OperatorChat.objects.filter(enabled=True).order_by("pk")
    return list(enabled.filter(mailbox=mailbox)) or list(enabled.filter(mailbox=None)) or _of_the_settings()


def _of_the_settings() -> list[OperatorChat]:
    """The chat that the settings name, as a row that staff can change; none when they have switched such a row off."""
    number = settings.TELEGRAM_CHAT_ID
    if not number or OperatorChat.objects.filter(mailbox=None).exists():
        return []
    try:
        with transaction.atomic():
            return [OperatorChat.objects.create(name=_("Operators"), chat_id=number)]
    except IntegrityError:
        # Somebody else made it at the same moment.
        return list(OperatorChat.objects.filter(mailbox=None, enabled=True))

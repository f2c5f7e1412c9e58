"""What kind of update it is."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from integrations.outbox.services import Order
from tickets.models import TelegramUpdate
from tickets.telegram import presses, replies
from tickets.telegram.place import Place
from tickets.telegram.updates import finish


def dispatch(row: TelegramUpdate) -> None:
    """Deals with the update; raises NotYet and Taken (tickets.telegram.updates)."""
    query, message = row.payload.get("callback_query"), row.payload.get("message")
    if isinstance(query, dict):
        presses.deal_with(row, query)
    elif isinstance(message, dict):
        replies.deal_with(row, message)
    else:
        with transaction.atomic():
            finish([row])


def say_failed(row: TelegramUpdate) -> None:
    """Tells whoever pressed or wrote that nothing came of it."""
    query = row.payload.get("callback_query")
    message = query.get("message") if isinstance(query, dict) else row.payload.get("message")
    place = Place.of(row.bot, message)
    if not place.chat_id:
        return
    with translation.override(place.language()):
        text = "⚠️ " + _("This could not be done. Please do it in the back office.")
        place.say(text, Order(key=f"telegram-failed:{row.bot}:{row.update_id}", source="tickets.telegram"))

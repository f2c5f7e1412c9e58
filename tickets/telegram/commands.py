"""Commands: `/start CODE` links a person, `/id` tells the numbers that a chat is set up with."""

import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.outbox.choices import Priority
from integrations.outbox.services import Order
from tickets.models import TelegramUpdate
from tickets.telegram import operators
from tickets.telegram.place import Place
from tickets.telegram.texts import one_line
from tickets.telegram.updates import finish

JSON = dict[str, Any]
COMMANDS = frozenset({"/start", "/id", "/help"})
# Somebody who has been told does not have to be told with each message.
HINT_SECONDS = 600


def is_command(message: JSON) -> bool:
    return _command(message)[0] in COMMANDS


def deal_with(row: TelegramUpdate, message: JSON, place: Place) -> None:
    command, argument = _command(message)
    sender = message.get("from")
    sender = sender if isinstance(sender, dict) else {}
    with transaction.atomic():
        finish([row])
        if command == "/id":
            _tell_numbers(row, place, sender)
        elif place.is_private and command == "/start" and argument:
            _link(row, argument, sender, place)
        elif place.is_private:
            say_how_to_link(place, sender.get("id"))


def _command(message: JSON) -> tuple[str, str]:
    """The command without the bot's name, and what follows it."""
    word, _blank, rest = str(message.get("text") or "").partition(" ")
    return word.partition("@")[0], rest.strip()


def _link(row: TelegramUpdate, code: str, sender: JSON, place: Place) -> None:
    number = sender.get("id")
    name = " ".join(str(sender.get(part) or "") for part in ("first_name", "last_name")).strip()
    operator = operators.link(code, telegram_id=number, name=name) if isinstance(number, int) else None
    if operator is None:
        text = _("This code is not good any more. Make a new one in the back office.")
    else:
        words = _("You are %(name)s. What you press and write in the chats of the support desk is done in your name.")
        text = words % {"name": one_line(operator.user.display_name, 100)}
    place.say(text, _order(f"telegram-said:{row.bot}:{row.update_id}"))


def _tell_numbers(row: TelegramUpdate, place: Place, sender: JSON) -> None:
    """To linked staff only."""
    if operators.known(sender.get("id")) is None:
        return
    lines = [_("Chat: %(number)s") % {"number": f"<code>{place.chat_id}</code>"}]
    if place.thread_id is not None:
        lines.append(_("Topic: %(number)s") % {"number": f"<code>{place.thread_id}</code>"})
    place.say("\n".join(lines), _order(f"telegram-said:{row.bot}:{row.update_id}"))


def say_how_to_link(place: Place, sender: object) -> None:
    """At most once in a while to a person in a chat, in the caller's transaction."""
    text = _(
        "I work for a support team. Its members ask for a code in the back office, on the page of operators in "
        "Telegram, and send me /start with this code in a private chat."
    )
    period = int(time.time() // HINT_SECONDS)
    place.say(text, _order(f"telegram-hint:{place.bot}:{place.chat_id}:{sender}:{period}"), disable_notification=True)


def _order(key: str) -> Order:
    return Order(key=key, source="tickets.telegram", priority=Priority.URGENT)

"""Operators in Telegram on the landing page: silent while they are told and heard."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from config.backoffice.display import ago
from config.backoffice.notices import Notice
from tickets.telegram.attention import trouble


def telegram_notices() -> Iterator[Notice]:
    found = trouble()
    url = reverse("admin:tickets_operatorchat_changelist")
    if found.untold:
        yield Notice(
            "warning",
            _("Nobody is told of tickets that need a person"),
            _("They are in the queue. To be told in Telegram, set TELEGRAM_CHAT_ID or add a chat."),
            url,
            _("Set up a chat"),
        )
    if found.unshown:
        yield Notice("danger", _("Tickets cannot be shown in Telegram"), found.unshown, url, _("Check the chats"))
    if found.unheard:
        yield Notice(
            "danger",
            _("What operators write in Telegram does not arrive"),
            found.unheard,
            url,
            _("Check the chats"),
            since=ago(found.since),
        )

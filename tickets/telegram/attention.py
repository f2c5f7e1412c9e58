"""What does not work between the desk and Telegram."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from tickets.choices import OURS
from tickets.models import OperatorChat, TelegramBotState, Ticket, TicketCard


@dataclass(frozen=True, slots=True)
class Trouble:
    """`untold`: tickets wait for people and no chat is told. `unshown`: an error of cards that could not be made.

    `unheard`: the error with which what operators press and write is not fetched, since when.
    """

    untold: bool = False
    unshown: str = ""
    unheard: str = ""
    since: datetime | None = None

    def __bool__(self) -> bool:
        return self.untold or bool(self.unshown or self.unheard)


def trouble() -> Trouble:
    """Three small queries, however many tickets there are."""
    failing = TelegramBotState.objects.exclude(error="").order_by("pk").values_list("error", "checked_at").first()
    unheard, since = failing or ("", None)
    unshown = TicketCard.objects.exclude(error="").order_by("-pk").values_list("error", flat=True).first() or ""
    return Trouble(untold=_is_untold(), unshown=unshown, unheard=unheard, since=since)


def _is_untold() -> bool:
    if settings.TELEGRAM_CHAT_ID or OperatorChat.objects.filter(enabled=True).exists():
        return False
    return bool(Ticket.objects.filter(state__in=OURS, escalated_at__isnull=False).exists())

"""Who is the bot?"""

from asgiref.sync import async_to_sync

from integrations.outbox.choices import HoldReason
from integrations.outbox.errors import DeliveryError
from integrations.telegram.bots import ENVIRONMENT, token_of
from integrations.telegram.client import BotClient


def whoami(bot: str = ENVIRONMENT) -> str:
    """The bot's user name, as Telegram says; raises DeliveryError."""
    token = token_of(bot)
    if not token:
        raise DeliveryError(str(HoldReason.NO_BOT_TOKEN.label), permanent=True)
    return str(async_to_sync(BotClient(token).get_me)().get("username", ""))

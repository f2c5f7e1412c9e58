"""Whether Telegram brings a bot's updates itself."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.outbox.errors import DeliveryError, InvalidMessage
from integrations.telegram.bots import clean_bot
from tickets.telegram import hooks


class Command(BaseCommand):
    help = (
        "Telegram brings what operators press and write to PUBLIC_URL (set), or the product fetches it (delete). "
        "`info` shows what Telegram says."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["set", "delete", "info"])
        parser.add_argument("--bot", default="", help="The id of a Telegram credential; TELEGRAM_BOT_TOKEN without it.")

    def handle(self, *args: Any, action: str, bot: str, **options: Any) -> None:
        try:
            self._do(action, clean_bot(bot))
        except (DeliveryError, InvalidMessage) as error:
            raise CommandError(str(error)) from error

    def _do(self, action: str, bot: str) -> None:
        if action == "set":
            if not settings.PUBLIC_URL.startswith("https://"):
                raise CommandError("Set PUBLIC_URL to the https:// address of this server: Telegram takes no other.")
            self.stdout.write(f"Telegram brings updates to {hooks.set_webhook(bot)}")
        elif action == "delete":
            hooks.delete_webhook(bot)
            self.stdout.write("Updates are fetched by a worker.")
        else:
            for name, value in hooks.webhook_info(bot).items():
                self.stdout.write(f"{name}: {value}")

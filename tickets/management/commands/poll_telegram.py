"""Fetching updates in a process of its own."""

import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.outbox.errors import InvalidMessage
from integrations.telegram.bots import clean_bot, token_of
from tickets.telegram.polling import poll


class Command(BaseCommand):
    help = "Fetches what operators press and write until it is stopped, for set-ups in which no worker may do so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bot", default="", help="The id of a Telegram credential; TELEGRAM_BOT_TOKEN without it.")

    def handle(self, *args: Any, bot: str, **options: Any) -> None:
        try:
            chosen = clean_bot(bot)
        except InvalidMessage as error:
            raise CommandError(str(error)) from error
        if not token_of(chosen):
            raise CommandError("The bot has no token.")
        stopped = threading.Event()
        try:
            while not stopped.wait(1.0):
                poll(chosen, stopped, wanted=lambda: True)
        except KeyboardInterrupt:
            stopped.set()

"""Mailboxes over IMAP, read by a process of their own: mail is here as soon as the server tells of it."""

import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from knowledge.management.progress import Interruption
from tickets.intake.imap.lease import readable
from tickets.intake.imap.reading import poll, watch


class Command(BaseCommand):
    help = "Reads the mailboxes that have an IMAP server, until it is ended. Nothing is deleted or marked there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Look once and end.")
        parser.add_argument("--mailbox", default="", help="Only this one, by its name.")

    def handle(self, *args: Any, once: bool, mailbox: str, **options: Any) -> None:
        rows = readable().filter(name=mailbox) if mailbox else readable()
        names = dict(rows.values_list("pk", "name"))
        if not names:
            raise CommandError("No mailbox has an IMAP server and a password.")
        if once:
            for number, name in names.items():
                count = poll(number)
                self.stdout.write(f"{name}: {'could not be read' if count is None else f'{count} mails'}")
            return
        self._watch_all(list(names))

    def _watch_all(self, numbers: list[int]) -> None:
        with Interruption() as stop:
            ended = threading.Event()
            threads = [threading.Thread(target=self._watch, args=(number, ended), daemon=True) for number in numbers]
            for thread in threads:
                thread.start()
            while not stop.asked:
                ended.wait(1)
            ended.set()

    def _watch(self, number: int, ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                watch(number, stopped=ended.is_set)
            finally:
                connection.close()
            ended.wait(settings.IMAP_POLL_SECONDS)

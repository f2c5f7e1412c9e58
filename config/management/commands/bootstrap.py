"""Prepares the database and the static files; the first step of every deployment."""

from typing import Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from config.bootstrap import bootstrap


class Command(BaseCommand):
    help = (
        "Migrates, makes the first administrator, imports the guide, knows the providers of the environment, "
        "collects static files. Safe to run again and from several processes; silent when nothing is to be done."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        login = bootstrap(self._say)
        if login is not None:
            self._say(f"Log in at {reverse('admin:index')} as: {login.username}")
            self._say(f"Password, shown once: {login.password}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

"""Runs the product on this machine: see config.embedded."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services.bootstrap import GeneratedLogin

BESIDE = ("worker -Q default,outbox", "worker -Q ai", "beat")


class Command(BaseCommand):
    help = "Prepares the database and serves; without REDIS_URL the worker and beat run in the same process."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            self._serve(host, port)
        except KeyboardInterrupt:
            # During the set-up; once the server runs it takes the signals itself.
            raise CommandError("Stopped.", returncode=130) from None

    def _serve(self, host: str, port: int) -> None:
        from config.bootstrap import bootstrap
        from config.embedded import PortInUse, check_port, serve

        try:
            check_port(host, port)
            self.check()
            login = bootstrap(self._say)
            if settings.EMBEDDED:
                from chat.turns import recovery
                from integrations.outbox import work

                recovery.recover_all()
                work.recover_all()
            serve(host, port, ready=lambda: self._greet(host, port, login))
        except PortInUse as error:
            raise CommandError(f"Cannot listen on {error}. Set PORT to another number.") from error
        self._say("Stopped.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _greet(self, host: str, port: int, login: GeneratedLogin | None) -> None:
        shown = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
        address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
        lines = ["", f"  {settings.APP_NAME} is ready:  {address}", f"  Back office:           {address}admin/"]
        if login is not None:
            lines += [f"  Log in as:             {login.username}", f"  Password, shown once:  {login.password}"]
        if not settings.EMBEDDED:
            lines += ["", "  Start beside it:", *(f"    celery -A config {part}" for part in BESIDE)]
        self._say("\n".join([*lines, "", "  Ctrl-C stops it.", ""]))

"""Every secret in the database sealed with the first key of SECRET_BOX_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.keyring import sealing_key
from integrations.services.rotation import FieldReport, count_secrets, rotate

WIDTH = 30


class Command(BaseCommand):
    help = (
        "Seals every secret in the database anew with the present key (the first of SECRET_BOX_KEYS). May be "
        "interrupted and begun again. A key may be taken out of the settings when a dry run finds nothing left to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", "--check", action="store_true", help="Open everything, change nothing.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        bar = Bar(self.stderr if self.stderr.isatty() and options["verbosity"] else None, count_secrets())
        reports = rotate(dry_run=dry_run, progress=bar.advance)
        bar.close()
        for report in reports:
            self._tell(report, dry_run=dry_run)
        lost = sum(report.lost for report in reports)
        if lost:
            raise CommandError(f"Secrets that do not open: {lost}. Their key is missing; add it to SECRET_BOX_KEYS.")
        waiting = sum(report.resealed for report in reports) if dry_run else 0
        self.stdout.write(_conclusion(waiting))

    def _tell(self, report: FieldReport, *, dry_run: bool) -> None:
        words = "to be sealed anew" if dry_run else "sealed anew"
        counts = [f"{report.resealed} {words}", f"{report.current} up to date"]
        if report.changed_meanwhile:
            counts.append(f"{report.changed_meanwhile} entered anew meanwhile")
        if report.lost:
            counts.append(f"{report.lost} do not open")
        self.stdout.write(f"{report.name}: {', '.join(counts)}")
        for pk in report.unopened:
            self.stdout.write(f"  does not open: {pk}")


def _conclusion(waiting: int) -> str:
    if waiting:
        return f"Secrets that still need their former key: {waiting}."
    return f"Every secret is sealed with the key {sealing_key().id}."


class Bar:
    """A line that fills; silent when nobody is watching."""

    def __init__(self, stream: Any, total: int) -> None:
        self._stream, self._total, self._done = stream, total, 0

    def advance(self, done: int) -> None:
        self._done += done
        if self._stream is not None:
            filled = WIDTH * min(self._done, self._total) // max(self._total, 1)
            self._stream.write(f"\r[{'#' * filled:{WIDTH}}] {self._done}/{self._total}", ending="")
            self._stream.flush()

    def close(self) -> None:
        if self._stream is not None and self._done:
            self._stream.write("")

"""Mails of former years, from files."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from knowledge.management.progress import Bar, Interruption
from tickets.intake.archives import FORMATS, NoArchive, size_of
from tickets.intake.importing import Plan, Report, import_mails
from tickets.models import Mailbox

INTERRUPTED = 130
KILOBYTE = 1024
FAILURES_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Puts mails into tickets: mbox files, Maildir folders, folders of .eml files. Nobody is answered; mails from "
        "our own addresses become our answers; tickets whose last mail is old are closed. May be interrupted and "
        "repeated: what is known is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("paths", nargs="+", type=Path, metavar="PATH")
        add("--mailbox", default="", help="Name or address; takes mails that were to none of our addresses.")
        add("--format", default="auto", choices=FORMATS)
        add("--open-days", type=int, default=14, metavar="DAYS", help="Tickets with newer mails stay open (14).")
        add("--dry-run", action="store_true", help="Read everything, change nothing.")

    def handle(self, *args: Any, paths: list[Path], **given: Any) -> None:
        plan = Plan(
            paths=tuple(paths),
            form=given["format"],
            mailbox=self._mailbox(given["mailbox"]),
            open_days=given["open_days"],
            dry_run=given["dry_run"],
        )
        report, began = Report(), time.monotonic()
        bar = self._bar(plan, quiet=given["verbosity"] == 0)
        with Interruption() as stop:
            self._import(plan, report, bar, stop)
        bar.clear()
        self._conclude(report, plan, time.monotonic() - began)
        if stop.asked:
            self.stderr.write("Interrupted. Run it again to go on.")
            raise SystemExit(INTERRUPTED)
        if report.failed:
            raise CommandError(f"{len(report.failed)} mails could not be imported")

    def _import(self, plan: Plan, report: Report, bar: Bar, stop: Interruption) -> None:
        read = 0

        def progress(size: int) -> None:
            nonlocal read
            read += size
            bar.show(read // KILOBYTE, f"kB, {report.mails} mails")

        try:
            import_mails(plan, report, progress=progress, stop=lambda: stop.asked)
        except NoArchive as error:
            raise CommandError(f"{error} cannot be read") from error

    def _bar(self, plan: Plan, *, quiet: bool) -> Bar:
        try:
            total = sum(size_of(path, plan.form) for path in plan.paths)
        except NoArchive as error:
            raise CommandError(f"{error} is no file and no folder") from error
        return Bar(self.stdout, total=total // KILOBYTE, quiet=quiet)

    def _mailbox(self, name: str) -> Mailbox | None:
        if not name:
            return None
        found = Mailbox.objects.filter(Q(name=name) | Q(address__iexact=name)).first()
        if found is None:
            raise CommandError(f"--mailbox: there is no mailbox {name!r}")
        return found

    def _conclude(self, report: Report, plan: Plan, seconds: float) -> None:
        say = self.stdout.write
        note = " (dry run, nothing was written)" if plan.dry_run else ""
        say(f"Mails: {report.mails}, of which {report.known} were known already, in {seconds:.0f} s{note}")
        for place, count in sorted(report.places.items()):
            say(f"  {place}: {count}")
        for reason, count in sorted(report.reasons.items()):
            say(f"    {reason}: {count}")
        say(f"Answers of ours: {report.answers}. Tickets: {len(report.tickets)}, closed as old: {report.closed}.")
        for line in report.failed[:FAILURES_SHOWN]:
            self.stderr.write(f"  not imported: {line}")

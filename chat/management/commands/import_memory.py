"""What another assistant has remembered of somebody."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.memory.importing import NO_RECORD, NO_TEXT, BadFile, Report, import_files
from chat.memory.naming import add_holder_arguments, named_holder
from chat.memory.texts import refusal_text
from knowledge.management.progress import Bar

EXPLAINED = {NO_RECORD: "It is no record.", NO_TEXT: "It has no text."}
# Lines about single records.
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Takes memories from JSON files (neira_memory.json, neira_short_term.json, neira_semantic.json, "
        "neira_episodic.json, or what export_memory has written) into a user's memory. May be repeated: what is "
        "known already is left alone. Embeddings are not taken. If one file cannot be read, nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        add_holder_arguments(parser, visitors=False)
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, change nothing.")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        holder = named_holder(options)
        bar = Bar(self.stderr, total=0, quiet=not options["verbosity"])
        try:
            report = import_files(
                holder, files, dry_run=options["dry_run"], tell=lambda done, total: bar.show(done, total=total)
            )
        except BadFile as error:
            raise CommandError(f"{error}. Nothing was written.") from error
        finally:
            bar.clear()
        if options["verbosity"]:
            self._print(report, dry_run=options["dry_run"])

    def _print(self, report: Report, *, dry_run: bool) -> None:
        for name, number, code in report.refused[:SHOWN]:
            self.stdout.write(f"  refused  {name}, record {number}: {_explained(code)}")
        if (more := len(report.refused) - SHOWN) > 0:
            self.stdout.write(f"  … and {more} more")
        for code, count in sorted(report.reasons.items()):
            self.stdout.write(f"  {count} refused: {_explained(code)}")
        note = " (dry run, nothing was written)" if dry_run else ""
        self.stdout.write(
            f"Memories: {report.taken} taken, {report.duplicates} known already, {len(report.refused)} refused{note}."
        )


def _explained(code: str) -> str:
    return EXPLAINED.get(code) or refusal_text(code)

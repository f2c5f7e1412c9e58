"""Documents from a folder of Markdown files, one sub-folder per language."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.folder import GUIDE, BadDocument, Plan, compare, read_folder
from knowledge.services import publish_document, unpublish_document


class Command(BaseCommand):
    help = (
        "Publishes the Markdown files of FOLDER/<language>/*.md in the knowledge base and takes out those that are "
        "gone from it. The folder's name identifies the collection; by default it is the product's own guide."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=GUIDE)
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, change nothing.")

    def handle(self, *args: Any, folder: Path, dry_run: bool, **options: Any) -> None:
        try:
            plan = compare(read_folder(folder))
        except BadDocument as error:
            raise CommandError(str(error)) from error
        self._apply(plan, dry_run=dry_run, verbosity=int(options["verbosity"]))
        if options["verbosity"]:
            counts = f"{len(plan.new)} new, {len(plan.changed)} changed, {len(plan.unchanged)} unchanged"
            note = " (dry run, nothing was written)" if dry_run else ""
            self.stdout.write(f"Documents: {counts}, {len(plan.removed)} removed{note}")

    def _apply(self, plan: Plan, *, dry_run: bool, verbosity: int) -> None:
        """Files that need no work are listed from verbosity 2 on."""
        for file in plan.unchanged if verbosity > 1 else []:
            self.stdout.write(f"  unchanged  {file.source}")
        for label, files in (("new", plan.new), ("changed", plan.changed)):
            for file in files:
                if not dry_run:
                    publish_document(**file.values(), from_file=True)
                self._say(verbosity, f"  {label:9}  {file.source}")
        for document in plan.removed:
            if not dry_run:
                unpublish_document(document, file_is_gone=True)
            self._say(verbosity, f"  removed    {document.source}")

    def _say(self, verbosity: int, line: str) -> None:
        if verbosity:
            self.stdout.write(line)

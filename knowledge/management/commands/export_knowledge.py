"""The knowledge base as Markdown files, which import_knowledge takes in again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.exporting import chosen, export_to_folder, export_to_zip
from knowledge.management.progress import Bar
from knowledge.models.documents import LANGUAGES


class Command(BaseCommand):
    help = (
        "Writes all documents as Markdown files into an empty folder or into FILE.zip, with what is known of them in "
        "front of the text and in manifest.json. import_knowledge makes the same documents of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, metavar="DIR|FILE.zip")
        parser.add_argument("--collection", default="", help="Only the documents of this collection.")
        parser.add_argument("--language", default="", choices=["", *dict(LANGUAGES)])
        parser.add_argument("--originals", action="store_true", help="Also the files that documents were read from.")

    def handle(self, *args: Any, target: Path, **options: Any) -> None:
        is_zip = target.suffix.lower() == ".zip"
        _refuse_existing(target, is_zip=is_zip)
        documents = chosen(collection=options["collection"], language=options["language"])
        bar = Bar(self.stderr, total=documents.count(), quiet=not options["verbosity"])
        export = export_to_zip if is_zip else export_to_folder
        try:
            count = export(target, documents, originals=options["originals"], tell=bar.show)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror or error}") from error
        bar.clear()
        if options["verbosity"]:
            self.stdout.write(f"Documents: {count} exported to {target}.")


def _refuse_existing(target: Path, *, is_zip: bool) -> None:
    if is_zip and target.exists():
        raise CommandError(f"{target} exists already")
    if not is_zip and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandError(f"{target} is not an empty folder")

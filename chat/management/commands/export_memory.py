"""What is remembered of somebody, as a file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.memory.exporting import export_of
from chat.memory.naming import add_holder_arguments, named_holder


class Command(BaseCommand):
    help = "Writes all that is remembered of a user or a visitor as JSON, which import_memory takes in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_holder_arguments(parser)
        parser.add_argument("--output", type=Path, metavar="FILE", help="Where to; the terminal by default.")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        data = export_of(named_holder(options))
        text = json.dumps(data, ensure_ascii=False, indent=2)
        if output is None:
            self.stdout.write(text)
            return
        try:
            with output.open("x", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror or error}") from error
        if options["verbosity"]:
            self.stdout.write(f"Memories: {len(data['memories'])} exported to {output}.")

"""The search over tickets made anew from the tickets."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from knowledge.management.progress import Bar
from tickets.models import Ticket
from tickets.search.index import batches, rebuild


class Command(BaseCommand):
    help = "Makes the full-text search over tickets anew; people can search and work meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        bar = Bar(self.stderr, total=Ticket.objects.count(), quiet=options["verbosity"] == 0)
        done = 0
        for numbers in batches():
            with transaction.atomic():
                rebuild(numbers)
            done += len(numbers)
            bar.show(done)
        bar.clear()
        if options["verbosity"]:
            self.stdout.write(f"{done} tickets can be searched.")

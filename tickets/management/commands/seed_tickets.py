"""A desk full of made-up tickets, to see how the product does at its size."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from knowledge.management.progress import Bar, Interruption
from tickets.models import Ticket
from tickets.search.index import is_sqlite
from tickets.seeding.people import desk
from tickets.seeding.rows import Batch, Plan, uuid_of

BATCH = 5_000
# From here on it is quicker to build the search's index once than to keep it at every row.
MANY = 50_000
DROP_INDEX = "DROP INDEX IF EXISTS tickets_search_terms"
BUILD_INDEX = (
    "CREATE INDEX IF NOT EXISTS tickets_search_terms ON tickets_search USING gin (tsv) WITH (fastupdate = off)"
)
TABLES = ("ticket", "ticketmessage", "ticketevent", "triage", "customer", "customeraddress", "ticket_tags", "search")


class Command(BaseCommand):
    help = (
        "Fills the desk with made-up tickets, Russian and English, the same for the same --seed. It goes on where an "
        "interrupted run stopped. Not for a desk that people work at: nothing tells its tickets from theirs but the "
        "addresses @seed.example."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--tickets", type=int, default=1_000_000)
        add("--messages", type=int, default=5_000_000, help="In all, about.")
        add("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["tickets"] <= options["messages"]:
            raise CommandError("--messages: a ticket has one message at least")
        plan = Plan(options["tickets"], options["messages"], options["seed"], timezone.now())
        done = seeded()
        bar = Bar(self.stderr, total=plan.tickets, quiet=options["verbosity"] == 0)
        many = plan.tickets - done >= MANY and not is_sqlite()
        if many:
            _execute(DROP_INDEX)
        with Interruption() as interrupted:
            while done < plan.tickets and not interrupted:
                done += _write(plan, done)
                bar.show(done)
        bar.clear()
        if many:
            self._build_index()
        if options["verbosity"]:
            self.stdout.write(f"{done} of {plan.tickets} tickets are there.")

    def _build_index(self) -> None:
        self.stderr.write("Building the index of the search and looking at the tables' statistics ...")
        with transaction.atomic():
            _execute("SET LOCAL maintenance_work_mem = '512MB'")
            _execute(BUILD_INDEX)
        for table in TABLES:
            _execute(f"VACUUM (ANALYZE) tickets_{table}")


def seeded() -> int:
    """How many tickets earlier runs have made."""
    newest = Ticket.objects.filter(uuid__range=(uuid_of(0), uuid_of(2**40))).order_by("-uuid").first()
    return newest.uuid.int - uuid_of(0).int + 1 if newest is not None else 0


@transaction.atomic
def _write(plan: Plan, first: int) -> int:
    count = min(BATCH, plan.tickets - first)
    Batch(plan, desk(), first, count).write()
    return count


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)

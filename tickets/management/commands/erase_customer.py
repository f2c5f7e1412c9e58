"""Erasing a customer's personal data from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tickets.addresses import comparable
from tickets.erasure import erase
from tickets.models import Customer

YES = frozenset({"y", "yes", "д", "да"})


class Command(BaseCommand):
    help = "Erases the personal data of a customer of the support desk, for good; numbers and times stay. Asks first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", help="The customer's number in the back office, or one of his addresses.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = _named(options["who"])
        if not options["yes"] and not _is_sure(customer):
            raise CommandError("Nothing was erased.")
        report = erase(customer, actor=None)
        self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in report.as_dict().items()))
        if report.still_sending:
            self.stdout.write("Some messages were just being sent: run the command again to erase them too.")


def _named(who: str) -> Customer:
    chosen = {"pk": int(who)} if who.isdecimal() else {"addresses__address": comparable(who)}
    found: Customer | None = Customer.objects.filter(**chosen).first()
    if found is None:
        raise CommandError("There is no such customer.")
    return found


def _is_sure(customer: Customer) -> bool:
    count = customer.tickets.count()
    try:
        return input(f"Erase customer {customer.pk} with {count} tickets for good? [y/N] ").strip().lower() in YES
    except EOFError:
        return False

"""Erasing what is remembered of somebody."""

from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from chat.experience.erasing import forget_experience
from chat.experience.erasing import matching as matching_experience
from chat.memory.naming import add_holder_arguments, named_holder
from chat.memory.services.erasing import forget_memories, matching

YES = frozenset({"y", "yes", "д", "да"})


class Command(BaseCommand):
    help = (
        "Erases what is remembered of a user or a visitor, for good: from the database, prompts and exports of all "
        "processes, and from what is still being learned. Asks first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_holder_arguments(parser)
        parser.add_argument("--before", metavar="DATE", help="Only what was remembered before this day or moment.")
        parser.add_argument("--text", default="", help="Only what holds this text.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        holder = named_holder(options)
        chosen: dict[str, Any] = {"before": _moment(options["before"]), "text": options["text"].replace("\x00", "")}
        rows, judged = matching(holder, **chosen), matching_experience(holder, **chosen)
        count = rows.count() + judged.count()
        if not options["yes"] and not self._is_sure(count, options):
            raise CommandError("Nothing was erased.")
        with transaction.atomic():
            erased = forget_memories(holder, rows, actor="forget")
            experiences = forget_experience(holder, judged, actor="forget")
        self.stdout.write(
            f"Memories: {erased.memories} erased. Experiences: {experiences} erased. "
            f"Answers that are no longer learned from: {erased.extractions}."
        )

    def _is_sure(self, count: int, options: dict[str, Any]) -> bool:
        whose = options["user"] or options["visitor"]
        try:
            return input(f"Erase {count} memories of {whose} for good? [y/N] ").strip().lower() in YES
        except EOFError:
            return False


def _moment(text: str | None) -> datetime | None:
    """Raises CommandError for what is neither a day nor a moment."""
    if not text:
        return None
    try:
        day = parse_date(text)
        found = datetime.combine(day, time.min) if day else parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"--before: {text!r} is no day such as 2026-05-31.")
    return timezone.make_aware(found) if timezone.is_naive(found) else found

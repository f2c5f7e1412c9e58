"""Tickets as CSV: streamed, so that a million rows need no memory, and harmless in a spreadsheet."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.api.serializers import utc_z
from tickets.admin.ticket_list import first_addresses

CHUNK = 500
# A cell that begins so is a formula for spreadsheets.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Echo:
    """A file that hands back what is written."""

    def write(self, value: str) -> str:
        return value


def harmless(value: Any) -> str:
    """The value as text; an apostrophe keeps a spreadsheet from computing it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def csv_of(tickets: Any) -> StreamingHttpResponse:
    name = f"tickets-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        lines(tickets),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def lines(tickets: Any) -> Iterator[str]:
    """The byte order mark tells spreadsheets that this is UTF-8."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(titles())
    rows = tickets.select_related("mailbox", "customer", "assignee", "topic").prefetch_related("tags")
    for chunk in chunks(rows):
        addresses = first_addresses({row.customer_id for row in chunk})
        for row in chunk:
            yield writer.writerow([harmless(value) for value in cells(row, addresses)])


def chunks(rows: Any) -> Iterator[list[Any]]:
    """By number, the newest first: a page is found by the key, however far down it is."""
    last = None
    while found := list((rows if last is None else rows.filter(pk__lt=last)).order_by("-pk")[:CHUNK]):
        yield found
        last = found[-1].pk


def titles() -> list[str]:
    return [
        _("Number"),
        _("Subject"),
        _("State"),
        _("Priority"),
        _("Mailbox"),
        _("Customer"),
        _("Address"),
        _("Assigned to"),
        _("Topic"),
        _("Tags"),
        _("Created"),
        _("First answer"),
        _("Last message"),
        _("Closed"),
        _("Due"),
        _("Rating"),
        _("Summary"),
    ]


def cells(row: Any, addresses: dict[int, str]) -> list[Any]:
    return [
        row.pk,
        row.subject,
        row.get_state_display(),
        row.get_priority_display(),
        row.mailbox.name,
        row.customer.name,
        addresses.get(row.customer_id, ""),
        row.assignee.display_name if row.assignee else "",
        row.topic.name if row.topic else "",
        ", ".join(tag.name for tag in row.tags.all()),
        *(
            utc_z(moment) if moment else ""
            for moment in (row.created_at, row.first_answered_at, row.last_message_at, row.closed_at, row.due_at)
        ),
        row.rating,
        row.summary,
    ]

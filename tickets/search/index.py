"""What can be searched: one row for each ticket with the base forms of all that was said in it.

PostgreSQL keeps a tsvector without positions in `tickets_search`, SQLite an FTS5 table; both are written in the
transaction of the change. Terms are made by `integrations.text.tokens`, so both databases find the same tickets.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from integrations.text.tokens import terms
from knowledge.indexing.fulltext import quoted
from tickets.models import CustomerAddress, Ticket, TicketMessage
from tickets.search.asking import stored

TABLE = "tickets_search"
# Of a longer message the beginning is searchable.
LONGEST_TEXT = 20_000
# A tsvector holds no more than a megabyte; nobody looks for the last word of a thousand mails.
MOST_TERMS = 20_000
BATCH = 500

ADD = """
INSERT INTO tickets_search (ticket_id, last_at, tsv) VALUES (%s, %s, array_to_tsvector(%s))
ON CONFLICT (ticket_id) DO UPDATE SET
    last_at = EXCLUDED.last_at,
    tsv = CASE WHEN length(tickets_search.tsv) < 20000 THEN tickets_search.tsv || EXCLUDED.tsv
          ELSE tickets_search.tsv END
"""
REPLACE = """
INSERT INTO tickets_search (ticket_id, last_at, tsv) VALUES (%s, %s, array_to_tsvector(%s))
ON CONFLICT (ticket_id) DO UPDATE SET last_at = EXCLUDED.last_at, tsv = EXCLUDED.tsv
"""
REPLACE_IN_SQLITE = "INSERT OR REPLACE INTO tickets_search (rowid, terms) VALUES (%s, %s)"


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def add_message(ticket: Ticket, message: TicketMessage) -> None:
    """Makes a new message of the ticket findable, without reading the others."""
    words = terms_of(ticket.subject, *_texts(message))
    if is_sqlite():
        words |= _held_in_sqlite(ticket.pk)
        _write(REPLACE_IN_SQLITE, [_row(ticket.pk, ticket.last_message_at, words)])
    else:
        _write(ADD, [_row(ticket.pk, ticket.last_message_at, words)])


def rebuild(ticket_ids: Iterable[int]) -> None:
    """Makes the rows of these tickets anew from all that they hold; those that are gone lose theirs."""
    wanted = list(ticket_ids)
    tickets = {ticket.pk: ticket for ticket in Ticket.objects.filter(pk__in=wanted).only(*TICKET_FIELDS)}
    words = {pk: terms_of(ticket.subject) for pk, ticket in tickets.items()}
    people: dict[int, set[str]] = {}
    for address in CustomerAddress.objects.filter(customer__tickets__in=tickets).select_related("customer").distinct():
        people.setdefault(address.customer_id, set()).update(terms_of(address.address, address.customer.name))
    for message in TicketMessage.objects.filter(ticket__in=tickets).only(*MESSAGE_FIELDS).iterator(BATCH):
        words[message.ticket_id] |= terms_of(*_texts(message))
    rows = [
        _row(pk, ticket.last_message_at, words[pk] | people.get(ticket.customer_id, set()))
        for pk, ticket in tickets.items()
    ]
    _write(REPLACE_IN_SQLITE if is_sqlite() else REPLACE, rows)
    remove([pk for pk in wanted if pk not in tickets])


TICKET_FIELDS = ("subject", "customer_id", "last_message_at")
MESSAGE_FIELDS = ("ticket_id", "subject", "sender_name", "sender_address", "text", "new_text")


def remove(ticket_ids: Iterable[int]) -> None:
    key = "rowid" if is_sqlite() else "ticket_id"
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {TABLE} WHERE {key} = %s", [(pk,) for pk in ticket_ids])  # noqa: S608


def batches(size: int = BATCH) -> Iterator[list[int]]:
    """The numbers of all tickets, in order."""
    last = 0
    while found := list(Ticket.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield found
        last = found[-1]


def terms_of(*texts: str) -> set[str]:
    found: set[str] = set()
    for text in texts:
        found.update(stored(term) for term in terms(text[:LONGEST_TEXT]))
    return found


def _texts(message: TicketMessage) -> tuple[str, ...]:
    return (message.subject, message.sender_name, message.sender_address, message.text or message.new_text)


def _row(ticket_id: int, last_at: datetime, words: set[str]) -> tuple[Any, ...]:
    # PostgreSQL refuses NUL and empty lexemes; neither says anything.
    known = sorted(word for word in words if word and "\x00" not in word)[:MOST_TERMS]
    return (ticket_id, " ".join(known)) if is_sqlite() else (ticket_id, last_at.astimezone(UTC), known)


def _write(sql: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def _held_in_sqlite(ticket_id: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT terms FROM tickets_search WHERE rowid = %s", [ticket_id])
        row = cursor.fetchone()
    return set(row[0].split(" ")) if row else set()


def all_of(words: Iterable[str]) -> str:
    """The database's query for rows that hold each of `words`."""
    if is_sqlite():
        return " AND ".join(quoted(word, '"') for word in words)
    return " & ".join(quoted(word, "'") for word in words)

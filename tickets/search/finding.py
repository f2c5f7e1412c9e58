"""From a question to tickets, the ones with the newest messages first.

A rare word is looked up in the index; a frequent one would drag in hundreds of thousands of rows to sort, so there the
newest tickets are looked through instead, in windows that grow until enough of them match. PostgreSQL's own statistics
say which it is. Who may see what is decided by the caller's queryset, before anything is a result.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tickets.models import Ticket, TicketMessage
from tickets.search.asking import Question, flat, read
from tickets.search.index import all_of, is_sqlite

# Up to so many matches are all fetched and sorted.
FEW = 10_000
# Of more than this the rest is not looked at; no list of results is read so far.
MOST_MATCHES = 20_000
# The newest tickets that are looked through for frequent words, before the index is asked after all.
WINDOWS = (2_000, 8_000, 32_000, 128_000)
# Candidates that are compared with the caller's queryset at once.
PIECES = (200, 800, 3_200, 16_000)
# Texts that are read to find a phrase word for word.
MOST_READ = 2_000
READ_AT_ONCE = 100
MOST_RESULTS = 200

WINDOW_END = """
SELECT last_at, ticket_id FROM tickets_search WHERE (last_at, ticket_id) < (%s, %s)
ORDER BY last_at DESC, ticket_id DESC OFFSET %s LIMIT 1
"""
WINDOW = """
SELECT ticket_id FROM tickets_search WHERE (last_at, ticket_id) < (%s, %s) AND (last_at, ticket_id) >= (%s, %s)
AND tsv @@ %s::tsquery ORDER BY last_at DESC, ticket_id DESC
"""
MATCHES = """
WITH found AS MATERIALIZED (
    SELECT ticket_id, last_at FROM tickets_search WHERE tsv @@ %s::tsquery AND (last_at, ticket_id) < (%s, %s) LIMIT %s
)
SELECT ticket_id FROM found ORDER BY last_at DESC, ticket_id DESC
"""
ESTIMATE = "EXPLAIN (FORMAT JSON) SELECT 1 FROM tickets_search WHERE tsv @@ %s::tsquery"
SQLITE_MATCHES = """
SELECT t.id FROM (SELECT rowid FROM tickets_search WHERE tickets_search MATCH %s ORDER BY rowid DESC LIMIT %s) found
JOIN tickets_ticket t ON t.id = found.rowid ORDER BY t.last_message_at DESC, t.id DESC
"""
Place = tuple[Any, int]
BEGINNING: Place = ("infinity", 0)
END: Place = ("-infinity", 0)


def search_tickets(queryset: "QuerySet[Ticket]", text: str, *, limit: int = MOST_RESULTS) -> "QuerySet[Ticket]":
    """The rows of `queryset` that fit the question, at most `limit`; in the queryset's own order."""
    return queryset.filter(pk__in=find_tickets(queryset, text, limit=limit))


def find_tickets(queryset: "QuerySet[Ticket]", text: str, *, limit: int = MOST_RESULTS) -> list[int]:
    """Numbers of the tickets of `queryset` that fit: the one whose number was asked for, then the newest ones.

    A ticket fits that holds every word of the question in any form, and says every "phrase" word for word. A number
    (`1187`, `#1187`) finds the ticket and every text that names it, an address all that came from it or names it.
    """
    question = read(text)
    asked = _by_number(queryset, question)
    found = list(asked)
    for pk in _seen(queryset, question, limit):
        if pk not in asked:
            found.append(pk)
        if len(found) >= limit:
            break
    return found[:limit]


def _by_number(queryset: "QuerySet[Ticket]", question: Question) -> list[int]:
    if question.number is None:
        return []
    return list(queryset.filter(pk=question.number).values_list("pk", flat=True))


def _seen(queryset: "QuerySet[Ticket]", question: Question, limit: int) -> Iterator[int]:
    """Those among the matching tickets that are in `queryset`."""
    if not question.words:
        return
    left = MOST_READ
    for piece in _pieces(_matches(question, limit)):
        known = set(queryset.filter(pk__in=piece).order_by().values_list("pk", flat=True))
        allowed = [pk for pk in piece if pk in known]
        if question.phrases:
            allowed, left = allowed[: max(left, 0)], left - len(allowed)
            yield from _saying(allowed, question.phrases)
        else:
            yield from allowed


def _pieces(numbers: Iterator[int]) -> Iterator[list[int]]:
    piece: list[int] = []
    sizes = iter(PIECES)
    size = next(sizes)
    for number in numbers:
        piece.append(number)
        if len(piece) == size:
            yield piece
            piece, size = [], next(sizes, size)
    if piece:
        yield piece


def _saying(numbers: list[int], phrases: tuple[str, ...]) -> Iterator[int]:
    """Those that say each phrase word for word, in a subject or a text."""
    for begin in range(0, len(numbers), READ_AT_ONCE):
        part = numbers[begin : begin + READ_AT_ONCE]
        said: dict[int, list[str]] = {pk: [] for pk in part}
        for pk, subject in Ticket.objects.filter(pk__in=part).values_list("pk", "subject"):
            said[pk].append(flat(subject))
        rows = TicketMessage.objects.filter(ticket__in=part).values_list("ticket_id", "subject", "text", "new_text")
        for pk, subject, text, new_text in rows:
            said[pk] += [flat(subject), flat(text or new_text)]
        yield from (pk for pk in part if all(any(phrase in text for text in said[pk]) for phrase in phrases))


def _matches(question: Question, limit: int) -> Iterator[int]:
    query = all_of(question.words)
    if is_sqlite():
        yield from _numbers(SQLITE_MATCHES, [query, MOST_MATCHES])
        return
    place = BEGINNING
    if _estimated(query) > FEW:
        for size in WINDOWS:
            end = _window_end(place, size)
            yield from _numbers(WINDOW, [*place, *(end or END), query])
            if end is None:
                return
            # The row at the end of a window belongs to it.
            place = end
    yield from _numbers(MATCHES, [query, *place, MOST_MATCHES])


def _window_end(place: Place, size: int) -> Place | None:
    """The oldest row of the window that begins below `place`; None when it goes to the end of the table."""
    with connection.cursor() as cursor:
        cursor.execute(WINDOW_END, [*place, size - 1])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _estimated(query: str) -> int:
    """How many rows PostgreSQL expects to match."""
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATE, [query])
        plan = cursor.fetchone()[0]
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    return int(parsed[0]["Plan"]["Plan Rows"])


def _numbers(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]

"""How many queries the desk's pages and routes take: exactly so many, for few rows as for many."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Scope
from accounts.models import User
from accounts.services.keys import create_api_key
from tests.admin.conftest import logged_in
from tests.tickets import desk_rows, world
from tickets.choices import DraftState, EventBy, EventKind, MessageKind, TicketState
from tickets.models import Tag, Ticket, Topic
from tickets.search.index import add_message
from tickets.statistics.counting import count_days

pytestmark = pytest.mark.django_db

LIST, CUSTOMERS, API = "/admin/tickets/ticket/", "/admin/tickets/customer/", "/api/v1/tickets"
STATES = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING, TicketState.ANSWERED, TicketState.CLOSED)

# By page: the queries of an administrator, and of an operator who sees one mailbox of two.
BACK_OFFICE = {
    f"{LIST}?queue=mine": (15, 22),
    f"{LIST}?queue=unassigned": (15, 22),
    f"{LIST}?queue=drafts": (15, 22),
    f"{LIST}?queue=overdue": (15, 22),
    f"{LIST}?queue=waiting": (15, 22),
    f"{LIST}?queue=open": (15, 22),
    f"{LIST}?queue=all": (15, 22),
    f"{LIST}?queue=all&mailbox={{mailbox}}&tag={{tag}}&topic={{topic}}&assignee=none": (15, 22),
    f"{LIST}?q=order": (17, 24),
    f"{LIST}?q=%22my order%22": (19, 26),
    f"{LIST}?q=%23{{ticket}}": (17, 24),
    f"{LIST}{{ticket}}/change/": (22, 28),
    f"{LIST}statistics/": (5, 10),
    CUSTOMERS: (6, 9),
    f"{CUSTOMERS}?q=erin": (6, 9),
    f"{CUSTOMERS}{{customer}}/change/": (10, 16),
}
ROUTES = {
    API: (3, 7),
    f"{API}?queue=unassigned": (3, 7),
    f"{API}?state=open&mailbox={{mailbox}}&priority=50": (3, 7),
    f"{API}?tag=vip&topic=delivery&assignee=0": (3, 7),
    f"{API}?updated_after=2026-01-01T00:00:00Z": (3, 7),
    f"{API}?q=order": (5, 9),
    f"{API}/search?q=order": (5, 9),
    f"{API}/search?q=order expected": (5, 9),
    f"{API}/search?q=%22my order%22": (7, 11),
    f"{API}/search?q=%23{{ticket}}": (5, 9),
    f"{API}/{{ticket}}": (3, 7),
    f"{API}/{{ticket}}/messages": (4, 8),
    f"{API}/{{ticket}}/events": (3, 7),
    f"{API}/{{ticket}}/triages": (3, 7),
    f"{API}/drafts": (2, 6),
    f"{API}/customers": (3, 7),
    f"{API}/customers/{{customer_id}}": (4, 10),
    f"{API}/mailboxes": (2, 6),
    f"{API}/canned": (2, 6),
    f"{API}/statistics": (2, 6),
}

Counts = dict[str, tuple[int, int]]


class Desk:
    """Two mailboxes, each of a team; `fill` makes more tickets, and more of everything on the first one."""

    def __init__(self, dana: User) -> None:
        self.seen, self.other = world.mailbox("support", team="support"), world.mailbox("legal", team="lawyers")
        self.anna = world.agent("anna", *world.READ, *world.WRITE, "view_triage")
        self.anna.groups.add(Group.objects.get(name="support"))
        self.dana = dana
        self.tag, self.topic = Tag.objects.create(name="vip"), Topic.objects.get_or_create(key="delivery")[0]
        self.first = self._ticket(0)

    def fill(self, number: int) -> None:
        for place in range(number):
            self._ticket(place)
            self._more_on_the_first(place)
        count_days([timezone.now().date()])

    def _ticket(self, place: int) -> Ticket:
        ticket = desk_rows.ticket(
            mailbox=self.other if place % 4 == 3 else self.seen,
            state=STATES[place % len(STATES)],
            assignee=(None, self.anna, self.dana)[place % 3],
            topic=self.topic,
            due_at=timezone.now() if place % 2 else None,
        )
        ticket.tags.add(self.tag)
        self._said(ticket)
        return ticket

    def _said(self, ticket: Ticket, draft: DraftState = DraftState.OPEN) -> Any:
        mail = desk_rows.message(ticket, text="My order was expected on Monday")
        desk_rows.attachment(mail)
        desk_rows.draft(ticket, mail, state=draft, triage=desk_rows.decision(ticket, mail))
        add_message(ticket, mail)
        return mail

    def _more_on_the_first(self, place: int) -> None:
        ticket = self.first
        mail = self._said(ticket, DraftState.SUPERSEDED)
        desk_rows.message(ticket, MessageKind.ANSWER, "It comes", author=self.anna, in_answer_to=mail)
        desk_rows.event(ticket, EventKind.ASSIGNED, by=EventBy.PERSON, actor=self.dana, data={"after": self.anna.pk})
        desk_rows.ticket(mailbox=self.seen, customer=ticket.customer)

    def address(self, path: str) -> str:
        ticket = self.first
        return path.format(
            ticket=ticket.pk,
            customer=ticket.customer_id,
            customer_id=ticket.customer.uuid,
            mailbox=self.seen.pk,
            tag=self.tag.pk,
            topic=self.topic.pk,
        )

    def counted(self, paths: Counts, *clients: Client) -> dict[str, Any]:
        return {path: tuple(queries_of(client, self.address(path)) for client in clients) for path in paths}


def queries_of(client: Client, url: str) -> int:
    """Without PostgreSQL's plans: SQLite is not asked for any."""
    assert client.get(url).status_code == 200, url
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return sum(not query["sql"].startswith("EXPLAIN") for query in queries)


@pytest.fixture
def desk(dana: User) -> Desk:
    return Desk(dana)


def program(user: User) -> Client:
    return Client(headers={"X-API-Key": create_api_key(user, name="tests", scopes=[Scope.TICKETS_READ])[0]})


@pytest.mark.parametrize(("paths", "client_of"), [(BACK_OFFICE, logged_in), (ROUTES, program)])
def test_exactly_so_many_queries_for_few_rows_and_for_many(
    desk: Desk, paths: Counts, client_of: Callable[[User], Client]
) -> None:
    clients = [client_of(desk.dana), client_of(desk.anna)]
    desk.fill(10)
    assert desk.counted(paths, *clients) == paths
    desk.fill(30)
    assert desk.counted(paths, *clients) == paths

"""The parts of benchmarks.desk that need the product's models, each in a process of its own.

`pages` makes people and keys and says what is to be asked; `queries` counts the queries of that. Both read and write
JSON.
"""

import json
import random
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain, pairwise, product
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.contrib.auth.models import Group, Permission  # noqa: E402 - Django comes first
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.choices import Role, Scope  # noqa: E402
from accounts.models import User  # noqa: E402
from accounts.services.keys import create_api_key  # noqa: E402
from config.admin import ModelAdmin  # noqa: E402
from config.backoffice.counting import ReachablePaginator  # noqa: E402
from tickets.admin.queues import BY_KEY  # noqa: E402
from tickets.api.base import page_of  # noqa: E402
from tickets.choices import UNFINISHED, TicketPriority, TicketState  # noqa: E402
from tickets.filters import QUEUES  # noqa: E402
from tickets.models import Customer, CustomerAddress, Mailbox, Tag, Ticket, TicketMessage, Topic  # noqa: E402
from tickets.querysets import seen_mailboxes  # noqa: E402
from tickets.search.asking import read  # noqa: E402
from tickets.seeding.texts import ANSWERED, ASKED  # noqa: E402
from tickets.statistics.counting import count_days  # noqa: E402

# Seeded people, so that they have tickets of their own.
NAMES = {"admin": "seed-operator-1", "operator": "seed-operator-2"}
RIGHTS = ("view_ticket", "change_ticket", "answer_ticket", "view_customer", "view_mailbox", "view_triage")
LIST, CUSTOMERS, API = "/admin/tickets/ticket/", "/admin/tickets/customer/", "/api/v1/tickets"
COUNTED_DAYS = 90
# Of each page.
COUNTED_REQUESTS = 6
# A plan may well read a smaller table from end to end.
BIG = 5_000
WORD = re.compile(r"[^\W\d_]{5,}")
CODE = re.compile(r"\b[A-Z]{2}-\d{3}\b")
ORDER = re.compile(r"№ \d{7}")

Page = dict[str, Any]


class Asking:
    """Makes `requests` different addresses of each page, the same at every run."""

    def __init__(self, requests: int, people: dict[str, User]) -> None:
        self.requests, self.people = requests, people
        self.chance = random.Random(1)  # noqa: S311 - the same at every run is the point
        self.tickets = self._sample(Ticket)
        self.mailboxes = list(Mailbox.objects.filter(tickets__isnull=False).distinct().values_list("pk", flat=True))

    def _sample(self, model: Any) -> list[int]:
        """Keys of rows from the first to the last."""
        first, last = (model.objects.order_by(order).values_list("pk", flat=True)[0] for order in ("pk", "-pk"))
        keys = range(first, last + 1)
        return self.chance.sample(keys, min(self.requests, len(keys)))

    def mixed(self, paths: Iterable[str]) -> list[str]:
        """As many of the paths as are wanted, from all over them."""
        found = list(dict.fromkeys(paths))
        self.chance.shuffle(found)
        return found[: self.requests]

    def pages(self) -> Iterator[Page]:
        for who in self.people:
            yield from self._lists(who)
        yield from self._back_office()
        questions = self._questions()
        for title, texts in questions.items():
            yield _page(f"admin search: {title}", "admin", [f"{LIST}?{urlencode({'q': text})}" for text in texts])
        for who in self.people:
            yield from self._api_lists(who)
        yield from self._api_rows()
        for title, texts in questions.items():
            paths = [f"{API}/search?{urlencode({'q': text})}" for text in texts]
            yield from (_page(f"API search: {title}", f"{who} key", paths) for who in self.people)

    def _lists(self, who: str) -> Iterator[Page]:
        user = self.people[who]
        visible = Ticket.objects.visible_to(user)
        seen = seen_mailboxes(user)
        mailboxes = self.mailboxes if seen is None else seen
        for key, queue in BY_KEY.items():
            rows = queue.narrow(visible, user).order_by()
            narrowed = (
                f"{LIST}?queue={key}&mailbox={mailbox}&priority={priority}"
                for mailbox, priority in product(mailboxes, TicketPriority.values)
            )
            paths = [*_list_pages(f"{LIST}?queue={key}", rows, self.requests // 2), *narrowed]
            yield _page(f"admin queue: {key}", who, paths[: self.requests])
        rows = Customer.objects.visible_to(user)
        yield _page("admin customers", who, _list_pages(f"{CUSTOMERS}?blocked=", rows, self.requests))

    def _back_office(self) -> Iterator[Page]:
        customers = self._sample(Customer)
        addresses = CustomerAddress.objects.filter(customer__in=customers).values_list("address", flat=True)
        names = Customer.objects.filter(pk__in=customers).values_list("name", flat=True)
        yield _page("admin start", "admin", ["/admin/"])
        yield _page("admin ticket", "admin", [f"{LIST}{pk}/change/" for pk in self.tickets])
        yield _page("admin ticket", "operator", [f"{LIST}{pk}/change/" for pk in self._seen_by("operator")])
        yield _page("admin customer", "admin", [f"{CUSTOMERS}{pk}/change/" for pk in customers])
        for title, texts in {"by address": addresses, "by name": names}.items():
            paths = [f"{CUSTOMERS}?{urlencode({'q': text})}" for text in texts]
            yield _page(f"admin customers {title}", "admin", paths)
        figures = [f"{LIST}statistics/?mailbox={pk}" for pk in ("", *self.mailboxes)]
        yield _page("admin statistics", "admin", figures)

    def _seen_by(self, who: str) -> list[int]:
        rows = Ticket.objects.visible_to(self.people[who])
        return [rows.filter(pk__gte=pk).order_by("pk").values_list("pk", flat=True)[0] for pk in self.tickets[:-1]]

    def _questions(self) -> dict[str, list[str]]:
        """What is typed into the search, by its kind; every template of the seed's is in thousands of tickets."""
        said = TicketMessage.objects.filter(ticket__in=self.tickets).order_by("pk")
        texts = list(said.values_list("new_text", flat=True))
        addresses = said.exclude(sender_address="").values_list("sender_address", flat=True)
        templates = "\n".join(chain(*ASKED.values(), *ANSWERED.values()))
        # The search leaves out words that say nothing.
        words = self.mixed(word for word in WORD.findall(re.sub("{.*?}", "", templates)) if read(word).words)
        codes = self.mixed(CODE.findall("\n".join(texts)))
        pairs = [f"{one} {other}" for one, other in chain(zip(words, codes, strict=False), pairwise(words))]
        return {
            "frequent word": words,
            "two words": self.mixed(pairs),
            "rare word": codes,
            "word of one ticket": self.mixed(ORDER.findall("\n".join(texts))),
            "number": [f"#{pk}" for pk in self.tickets],
            "address": self.mixed(addresses),
            "phrase": self.mixed(f'"{phrase}"' for phrase in map(_phrase, texts)),
        }

    def _api_lists(self, who: str) -> Iterator[Page]:
        key = f"{who} key"
        filters = self._filters()
        yield _page("API tickets, newest", key, [f"{API}?limit={50 + number}" for number in range(self.requests)])
        for title, paths in filters.items():
            yield _page(f"API tickets, {title}", key, self.mixed(f"{API}?{urlencode(path)}" for path in paths))
        visible = Ticket.objects.visible_to(self.people[who])
        moments = Ticket.objects.filter(pk__in=self.tickets).values_list("last_message_at", flat=True)
        deep = (page_of(visible.filter(last_message_at__lte=at), {"limit": 1}, order=NEWEST)[1] for at in moments)
        yield _page("API tickets, deep cursor", key, [f"{API}?cursor={cursor}" for cursor in deep if cursor])
        customers = Customer.objects.visible_to(self.people[who])
        moved = (page_of(customers.filter(pk__lte=pk), {"limit": 1}, order=("pk",))[1] for pk in self._sample(Customer))
        yield _page("API customers", key, [f"{API}/customers?cursor={cursor}" for cursor in moved if cursor])

    def _filters(self) -> dict[str, list[dict[str, Any]]]:
        """Queries by what they narrow the list by; most rows fit some, few or none fit others."""
        limits = range(50, 60)
        people = User.objects.filter(username__startswith="seed-operator").values_list("pk", flat=True)
        topics = list(Topic.objects.values_list("key", flat=True))
        tags = list(Tag.objects.values_list("name", flat=True))
        uuids = Customer.objects.filter(tickets__in=self.tickets).distinct().values_list("uuid", flat=True)
        now = timezone.now()
        ages = [timedelta(seconds=10 * 2**number) for number in range(self.requests)][:24]
        states = [state for state in TicketState.values if state != TicketState.MERGED]
        found: dict[str, list[dict[str, Any]]] = {
            "state": [{"state": state, "limit": limit} for state in states for limit in limits],
            "mailbox": [{"mailbox": pk, "limit": limit} for pk in self.mailboxes for limit in limits],
            "priority": [{"priority": value, "limit": limit} for value in TicketPriority.values for limit in limits],
            "assignee": [{"assignee": pk, "limit": limit} for pk in (0, *people) for limit in limits],
            "assignee and state": [{"assignee": pk, "state": state} for pk in people for state in UNFINISHED],
            "topic": [{"topic": topic, "limit": limit} for topic in topics for limit in limits],
            "tag": [{"tag": tag, "limit": limit} for tag in tags for limit in limits],
            "tag and state": [{"tag": tag, "state": state} for tag in tags for state in states],
            "mailbox, state, priority": [
                {"mailbox": pk, "state": state, "priority": priority}
                for pk, state, priority in product(self.mailboxes, states, TicketPriority.values)
            ],
            "customer": [{"customer": uuid} for uuid in uuids],
            "updated after": [{"updated_after": f"{now - age:%Y-%m-%dT%H:%M:%SZ}"} for age in ages],
        }
        for queue in QUEUES[1:]:
            found[f"queue {queue}"] = [{"queue": queue, "limit": limit} for limit in range(50, 50 + self.requests)]
        return found

    def _api_rows(self) -> Iterator[Page]:
        key = "admin key"
        yield _page("API ticket", key, [f"{API}/{pk}" for pk in self.tickets])
        for part in ("messages", "events", "triages"):
            yield _page(f"API {part} of a ticket", key, [f"{API}/{pk}/{part}" for pk in self.tickets])
        customers = Customer.objects.filter(pk__in=self._sample(Customer))
        yield _page(
            "API customer", key, [f"{API}/customers/{uuid}" for uuid in customers.values_list("uuid", flat=True)]
        )
        yield _page("API drafts", key, [f"{API}/drafts?limit={1 + number}" for number in range(self.requests)])
        today = timezone.now().date()
        spans = [f"first={today - timedelta(days=3 + number)}" for number in range(self.requests)]
        yield _page("API statistics", key, [f"{API}/statistics?{span}" for span in spans])


NEWEST = ("last_message_at", "pk")


def _phrase(text: str) -> str:
    return " ".join(text.split()[1:4])


def _page(name: str, who: str, paths: Iterable[str]) -> Page:
    found = list(paths)
    if not found:
        raise RuntimeError(f"{name}: there is nothing to ask for")
    return {"name": f"{name} ({who})" if who.startswith("operator") else name, "who": who, "paths": found}


def _list_pages(url: str, rows: Any, most: int) -> list[str]:
    """Pages of a list, from its first to the last that can be reached."""
    reach = ReachablePaginator.REACH
    last = max(1, -(-rows.values("pk")[:reach].count() // ModelAdmin.list_per_page))
    step = max(1, last // most)
    return [f"{url}&p={number}" for number in range(1, last + 1, step)][:most]


def _column(statement: str, values: list[Any]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def people(passwords: dict[str, str]) -> dict[str, User]:
    """An administrator, and an operator of one mailbox whose colleagues have the others."""
    found = {who: User.objects.get(username=name) for who, name in NAMES.items()}
    for who, user in found.items():
        user.set_password(passwords[who])
        user.save()
    admin, operator = found["admin"], found["operator"]
    User.objects.filter(pk=admin.pk).update(is_superuser=True, role=Role.ADMIN)
    team, others = Group.objects.create(name="Team"), Group.objects.create(name="Others")
    team.permissions.set(Permission.objects.filter(content_type__app_label="tickets", codename__in=RIGHTS))
    operator.groups.add(team)
    first, *rest = Mailbox.objects.filter(tickets__isnull=False).distinct().order_by("pk")
    first.groups.add(team)
    for mailbox in rest:
        mailbox.groups.add(others)
    return {who: User.objects.get(pk=user.pk) for who, user in found.items()}


def make_pages(told: dict[str, Any]) -> dict[str, Any]:
    found = people(told["passwords"])
    keys = {who: create_api_key(user, name="Benchmark", scopes=[Scope.TICKETS_READ])[0] for who, user in found.items()}
    today = timezone.now().date()
    count_days(today - timedelta(days=back) for back in range(COUNTED_DAYS))
    return {"people": NAMES, "keys": keys, "pages": list(Asking(told["requests"], found).pages())}


def count_queries(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Of each page the number of its queries, and the big tables that one of them reads from end to end."""
    big = big_tables()
    return [queries_of(client_of(page["who"], told), page["paths"], big) for page in told["pages"]]


def client_of(who: str, told: dict[str, Any]) -> Client:
    name, _, key = who.partition(" ")
    headers = {"host": "127.0.0.1"} | ({"X-API-Key": told["keys"][name]} if key else {})
    client = Client(headers=headers)
    if name in told["sessions"] and not key:
        client.cookies["sessionid"] = told["sessions"][name]
    return client


def queries_of(client: Client, paths: list[str], big: set[str]) -> tuple[str, str]:
    # What a process reads once and remembers belongs to no page.
    client.get(paths[0])
    counts: set[int] = set()
    whole: set[str] = set()
    for path in paths[:COUNTED_REQUESTS]:
        with CaptureQueriesContext(connection) as queries:
            status = client.get(path).status_code
        if status != 200:
            raise RuntimeError(f"{path} said {status}")
        counts.add(len(queries))
        asked = (query["sql"] for query in queries)
        whole.update(table for statement in asked for table in read_whole(statement, big))
    fewest, most = min(counts), max(counts)
    return str(most) if fewest == most else f"{fewest}–{most}", ", ".join(sorted(whole))


def big_tables() -> set[str]:
    statement = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s"
    return {name for name in _column(statement, [BIG]) if not name.startswith("pg_")}


def read_whole(statement: str, big: set[str]) -> Iterator[str]:
    """Those of the tables `big` that PostgreSQL would read from end to end."""
    if not statement.lstrip().startswith(("SELECT", "WITH")) or not any(table in statement for table in big):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        plan = cursor.fetchone()[0]
    nodes = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in big:
            yield node["Relation Name"]
        nodes += node.get("Plans", [])


if __name__ == "__main__":
    PARTS = {"pages": make_pages, "queries": count_queries}
    print(json.dumps(PARTS[sys.argv[1]](json.load(sys.stdin))))

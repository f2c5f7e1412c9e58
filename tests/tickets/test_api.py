"""`/api/v1/tickets`: for staff who may, as far as they may, and for nobody else."""

import pytest
from django.contrib.auth.models import Permission

from accounts.choices import Scope
from accounts.services.keys import create_api_key
from tests.conftest import make_user
from tests.tickets import world
from tests.tickets.test_search import said
from tickets.answers import propose_draft
from tickets.choices import MessageKind, TicketState
from tickets.models import CannedAnswer, Tag, Ticket, TicketMessage, Topic
from tickets.services.moves import merge

pytestmark = pytest.mark.django_db

BASE = "/api/v1/tickets"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def box(db):
    return world.mailbox()


@pytest.fixture
def ticket(box):
    return said(world.ticket(box))


@pytest.fixture
def anna(box, settings):
    settings.DEFAULT_FROM_EMAIL = "Support <support@desk.example>"
    return world.agent("anna", *world.READ, *world.WRITE, "erase_customer", first_name="Анна")


@pytest.fixture
def desk(api, anna):
    api.force_authenticate(anna)
    return api


def draft_of(ticket, text="Заказ прибудет завтра."):
    return propose_draft(ticket=ticket, in_answer_to=ticket.messages.first(), text=text)


def routes(ticket, draft=None, move=None, canned=None):
    """Every route: method, path, body."""
    one, customer = f"{BASE}/{ticket.pk}", f"{BASE}/customers/{ticket.customer.uuid}"
    waiting = f"{BASE}/drafts/{draft.pk if draft else NOWHERE}"
    reads = [
        BASE, f"{BASE}/search?q=заказ", f"{BASE}/mailboxes", f"{BASE}/canned", f"{BASE}/drafts", f"{BASE}/customers",
        f"{BASE}/statistics", customer, one, f"{one}/messages", f"{one}/triages", f"{one}/events",
        f"{one}/canned/{canned.pk if canned else 1}",
    ]  # fmt: skip
    writes = [
        ("patch", one, {"subject": "x"}),
        ("post", f"{one}/messages", {"text": "x"}),
        ("post", f"{one}/notes", {"text": "x"}),
        ("post", f"{one}/merge", {"target": str(ticket.pk)}),
        ("post", f"{one}/split", {"messages": [NOWHERE]}),
        ("post", f"{BASE}/moves/{move.pk if move else 1}/undo", {}),
        ("post", f"{waiting}/approve", {}),
        ("post", f"{waiting}/edit", {"text": "x"}),
        ("post", f"{waiting}/reject", {}),
        ("post", f"{customer}/erase", {}),
    ]
    return [("get", url, None) for url in reads], writes


def ask(client, method, url, body=None, **headers):
    if method == "get":
        return client.get(url)
    return getattr(client, method)(url, body, format="json", headers=headers)


def test_every_route_is_in_the_table(ticket):
    from tickets.api.urls import urlpatterns

    named = {pattern.name for pattern in urlpatterns if pattern.name}
    # PATCH and POST share names with GET: ticket, ticket-messages.
    assert len(named) == sum(map(len, routes(ticket))) - 2


def test_outsiders_are_refused_everywhere(api, ticket, charlie, visitor):
    clerk = make_user("clerk", is_staff=True)
    reads, writes = routes(ticket, draft_of(ticket))
    for method, url, body in [*reads, *writes]:
        api.force_authenticate(None)
        assert ask(api, method, url, body).status_code == 401, url
        for who in (charlie, clerk, visitor):
            api.force_authenticate(who)
            assert ask(api, method, url, body).status_code in {401, 403}, url
    assert Ticket.objects.count() == 1 and TicketMessage.objects.count() == 1


def test_staff_who_only_read_change_nothing(api, ticket):
    reader = world.agent("reader", *world.READ)
    api.force_authenticate(reader)
    reads, writes = routes(ticket, draft_of(ticket))
    assert {ask(api, *route).status_code for route in reads if "/canned/" not in route[1]} == {200}
    assert {ask(api, *route).status_code for route in writes} == {403}


def test_another_teams_tickets_are_not_there(desk, ticket):
    secret = world.mailbox("legal", team="lawyers")
    theirs = said(world.ticket(secret, customer=world.customer("Кирилл", "kirill@client.example")))
    hidden, more = (
        said(world.ticket(secret, customer=theirs.customer)),
        CannedAnswer.objects.create(name="c", mailbox=secret),
    )
    move = merge(hidden, theirs, actor=None)
    reads, writes = routes(theirs, draft_of(theirs), move, more)
    for method, url, body in [
        *(read for read in reads if str(theirs.pk) in read[1] or "customers/" in read[1]),
        *writes,
    ]:
        assert ask(desk, method, url, body).status_code == 404, url
    for url in (BASE, f"{BASE}/search?q=заказ"):
        assert [row["number"] for row in desk.get(url).json()["tickets"]] == [ticket.pk]
    assert desk.get(f"{BASE}/drafts").json()["drafts"] == []
    assert [row["name"] for row in desk.get(f"{BASE}/mailboxes").json()["mailboxes"]] == ["support"]
    assert ask(desk, "post", f"{BASE}/{ticket.pk}/merge", {"target": str(theirs.pk)}).status_code == 422


def test_a_key_needs_its_scope(api, ticket, anna):
    for scope, statuses in (
        (Scope.TICKETS_READ, (200, 403)),
        (Scope.CHAT_WRITE, (403, 403)),
        (Scope.TICKETS_WRITE, (403, 201)),
    ):
        key, _ = create_api_key(anna, name=scope, scopes=[scope])
        api.credentials(HTTP_X_API_KEY=key)
        note = ask(api, "post", f"{BASE}/{ticket.pk}/notes", {"text": "x"})
        assert (api.get(f"{BASE}/{ticket.pk}").status_code, note.status_code) == statuses


def test_the_list_is_filtered(desk, box, ticket, anna):
    topic, tag = Topic.objects.create(key="delivery", name="D"), Tag.objects.create(name="vip")
    other = said(world.ticket(box, "Телевизор", state=TicketState.OPEN, priority=30, assignee=anna, topic=topic))
    other.tags.add(tag)
    for query in (
        "state=open", "priority=30", f"assignee={anna.pk}", "topic=delivery", "tag=vip", "queue=mine", "q=телевизоры",
        f"customer={other.customer.uuid}&state=open", f"mailbox={box.pk}&priority=30",
    ):  # fmt: skip
        assert [row["number"] for row in desk.get(f"{BASE}?{query}").json()["tickets"]] == [other.pk], query
    assert [row["number"] for row in desk.get(f"{BASE}?assignee=0").json()["tickets"]] == [ticket.pk]
    assert desk.get(f"{BASE}?updated_after=2100-01-01T00:00:00Z").json()["tickets"] == []
    shown = desk.get(f"{BASE}/{other.uuid}").json()
    assert (shown["number"], shown["tags"], shown["topic"], shown["assignee"]["name"]) == (
        other.pk,
        ["vip"],
        "delivery",
        "Анна",
    )
    assert shown["created_at"].endswith("Z")


@pytest.mark.parametrize(
    "query", ["state=lost", "limit=0", "limit=201", "cursor=x", "cursor=WyIxIl0", "cursor=bnVsbA", "customer=7",
              "queue=none", "updated_after=soon", "assignee=-1"]
)  # fmt: skip
def test_a_bad_query_names_its_field(desk, ticket, query):
    answer = desk.get(f"{BASE}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", query.split("=")[0]]


def test_pages_do_not_move_when_tickets_arrive(desk, box):
    numbers = [said(world.ticket(box, f"№ {number}")).pk for number in range(5)]
    Ticket.objects.update(last_message_at="2026-01-01T00:00:00Z")  # one moment for all
    first = desk.get(f"{BASE}?limit=2").json()
    said(world.ticket(box, "новое"))
    second = desk.get(f"{BASE}?limit=2&cursor={first['next']}").json()
    last = desk.get(f"{BASE}?limit=2&cursor={second['next']}").json()
    seen = [row["number"] for page in (first, second, last) for row in page["tickets"]]
    assert seen == numbers[::-1] and last["next"] is None


def test_what_is_named_is_changed_and_the_rest_is_not(desk, ticket, anna):
    Topic.objects.create(key="refund", name="R")
    for name in ("vip", "old", "new"):
        Tag.objects.create(name=name)
    body = {
        "state": "open",
        "priority": 10,
        "assignee": anna.pk,
        "topic": "refund",
        "tags": ["vip", "old"],
        "subject": "Иначе",
    }
    shown = ask(desk, "patch", f"{BASE}/{ticket.pk}", body).json()
    assert (shown["state"], shown["priority"], shown["assignee"]["id"], shown["topic"]) == (
        "open",
        10,
        anna.pk,
        "refund",
    )
    assert (shown["tags"], shown["subject"]) == (["old", "vip"], "Иначе")
    shown = ask(desk, "patch", f"{BASE}/{ticket.pk}", {"tags": ["new"], "assignee": None, "topic": None}).json()
    assert (shown["tags"], shown["assignee"], shown["topic"], shown["state"]) == (["new"], None, None, "open")
    events = desk.get(f"{BASE}/{ticket.pk}/events?after=0").json()["events"]
    assert [event["actor"]["name"] for event in events[1:]] == ["Анна"] * (len(events) - 1)


@pytest.mark.parametrize(
    "body",
    [
        {"state": "merged"},
        {"priority": 11},
        {"assignee": 999_999},
        {"topic": "none"},
        {"tags": ["none"]},
        {"subject": 5 * [1]},
    ],
)
def test_a_bad_change_changes_nothing(desk, ticket, body):
    answer = ask(desk, "patch", f"{BASE}/{ticket.pk}", {"subject": "Иначе", **body})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][:2] == ["body", next(iter(body))]
    ticket.refresh_from_db()
    assert ticket.subject == "Где мой заказ?"


def test_somebody_elses_ticket_is_not_taken_by_chance(desk, ticket, anna):
    boris = world.agent("boris")
    Ticket.objects.filter(pk=ticket.pk).update(assignee=boris)
    answer = ask(desk, "patch", f"{BASE}/{ticket.pk}", {"assignee": anna.pk, "only_if_free": True})
    assert answer.status_code == 409
    outsider = make_user("olga")
    assert ask(desk, "patch", f"{BASE}/{ticket.pk}", {"assignee": outsider.pk}).status_code == 422


def test_an_answer_is_sent_once_for_a_key(desk, ticket):
    url, body = f"{BASE}/{ticket.pk}/messages", {"text": "Завтра привезём."}
    first = ask(desk, "post", url, body, **{"Idempotency-Key": "k1"})
    again = ask(desk, "post", url, body, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert ask(desk, "post", url, body).json()["id"] != first.json()["id"]
    listed = desk.get(url).json()["messages"]
    assert [row["kind"] for row in listed] == ["customer", "answer", "answer"]
    assert listed[1]["send_state"] == "queued" and listed[1]["to"] == ["olga@client.example"]
    other = said(world.ticket(ticket.mailbox))
    assert ask(desk, "post", f"{BASE}/{other.pk}/messages", body, **{"Idempotency-Key": "k1"}).status_code == 409
    assert ask(desk, "post", url, body, **{"Idempotency-Key": "k" * 201}).status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"text": "  "}, {"text": "x", "kind": "joke"}, {"text": "x", "cc": ["nobody"]},
             {"text": "x", "in_answer_to": NOWHERE}, {"text": "x", "canned": 7}]
)  # fmt: skip
def test_a_bad_answer_is_not_sent(desk, ticket, body):
    assert ask(desk, "post", f"{BASE}/{ticket.pk}/messages", body).status_code == 422
    assert not ticket.messages.filter(kind=MessageKind.ANSWER).exists()


def test_drafts_are_approved_edited_and_rejected(desk, box):
    for verb, body, state in (
        ("approve", {}, "approved"),
        ("edit", {"text": "Иначе"}, "edited"),
        ("reject", {}, "rejected"),
    ):
        draft = draft_of(said(world.ticket(box)))
        assert [row["id"] for row in desk.get(f"{BASE}/drafts").json()["drafts"]] == [str(draft.pk)]
        answer = ask(desk, "post", f"{BASE}/drafts/{draft.pk}/{verb}", body)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert ask(desk, "post", f"{BASE}/drafts/{draft.pk}/{verb}", body).status_code == 409
        assert (answer.json()["answer"] is None) is (verb == "reject")


def test_tickets_are_merged_split_and_put_back(desk, box, ticket):
    other = said(world.ticket(box, "Ещё раз"))
    move = ask(desk, "post", f"{BASE}/{other.pk}/merge", {"target": str(ticket.uuid)}).json()
    assert (move["source"], move["target"]) == (other.pk, ticket.pk)
    assert desk.get(f"{BASE}/{other.pk}").json()["merged_into"] == ticket.pk
    assert ask(desk, "patch", f"{BASE}/{other.pk}", {"state": "open"}).status_code == 409
    assert ask(desk, "post", f"{BASE}/moves/{move['id']}/undo").status_code == 200
    assert ask(desk, "post", f"{BASE}/moves/{move['id']}/undo").status_code == 409
    assert ask(desk, "post", f"{BASE}/{ticket.pk}/merge", {"target": str(ticket.pk)}).status_code == 422
    second = world.message(ticket, "И ещё вопрос")
    split = ask(desk, "post", f"{BASE}/{ticket.pk}/split", {"messages": [str(second.uuid)]}).json()
    second.refresh_from_db()
    assert second.ticket_id == split["target"]


def test_canned_answers_are_filled_in(desk, ticket):
    row = CannedAnswer.objects.create(name="Привет", text_ru="Здравствуйте!")
    assert [each["id"] for each in desk.get(f"{BASE}/canned").json()["canned"]] == [row.pk]
    assert desk.get(f"{BASE}/{ticket.pk}/canned/{row.pk}").json() == {"text": "Здравствуйте!"}
    assert desk.get(f"{BASE}/{ticket.pk}/canned/{row.pk + 1}").status_code == 404


def test_customers_are_found_by_address(desk, ticket):
    world.customer("Пётр", "petr@client.example")
    listed = desk.get(f"{BASE}/customers?address=OLGA@client.example").json()["customers"]
    assert [row["addresses"] for row in listed] == [["olga@client.example"]]
    assert desk.get(f"{BASE}/customers/{listed[0]['id']}").json()["tickets"] == 1


def test_who_sees_some_mailboxes_finds_each_of_their_customers_once(desk, box, ticket):
    again = world.ticket(box, customer=ticket.customer)
    world.ticket(world.mailbox("legal", team="lawyers"), customer=world.customer("Кирилл", "kirill@client.example"))
    found = desk.get(f"{BASE}/customers").json()
    assert [row["id"] for row in found["customers"]] == [str(again.customer.uuid)]


@pytest.mark.parametrize("key", ["0", "999999", "9" * 40, "x", NOWHERE, "٣"])
def test_an_unknown_ticket_is_404(desk, ticket, key):
    assert desk.get(f"{BASE}/{key}").status_code == 404


QUERIES = {BASE: 9, f"{BASE}/search?q=заказ": 11, "one": 7, "messages": 7}


def test_the_number_of_queries_does_not_grow(desk, anna, box, django_assert_max_num_queries):
    ticket = [said(world.ticket(box, f"№ {number}")) for number in range(12)][-1]
    for number in range(12):
        world.message(ticket, f"текст {number}")
    urls = {"one": f"{BASE}/{ticket.pk}", "messages": f"{BASE}/{ticket.pk}/messages"}
    for name, most in QUERIES.items():
        with django_assert_max_num_queries(most):
            assert desk.get(urls.get(name, name)).status_code == 200


def test_rights_come_from_groups_too(api, ticket, charlie):
    charlie.is_staff = True
    charlie.save()
    charlie.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    api.force_authenticate(type(charlie).objects.get(pk=charlie.pk))
    assert api.get(f"{BASE}/{ticket.pk}").status_code == 200

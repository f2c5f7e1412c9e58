"""The queue: which tickets stand in which tab, what is done to many at once, and what leaves as CSV."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.admin.conftest import logged_in
from tests.conftest import make_user
from tests.tickets import desk_rows
from tickets.admin import bulk, portions
from tickets.choices import TicketPriority, TicketState
from tickets.models import Ticket, TicketMove
from tickets.search.index import add_message
from tickets.statistics.counting import count_days

LIST = "/admin/tickets/ticket/"


@pytest.fixture
def admin(dana: User) -> Client:
    return logged_in(dana)


@pytest.fixture
def tickets(dana: User) -> dict[str, Ticket]:
    now = timezone.now()
    late = {"due_at": now - timedelta(hours=1), "state": TicketState.ANSWERED}
    return {
        "mine": desk_rows.ticket(assignee=dana, priority=TicketPriority.LOW),
        "urgent": desk_rows.ticket(assignee=dana, priority=TicketPriority.URGENT),
        "free": desk_rows.ticket(subject="=HYPERLINK(1)", waiting_since=now),
        "waiting": desk_rows.ticket(state=TicketState.WAITING),
        "late": desk_rows.ticket(**late),
        "draft": desk_rows.ticket(state=TicketState.ANSWERED, has_draft=True),
        "closed": desk_rows.ticket(state=TicketState.CLOSED, subject="Old story"),
    }


def shown(client: Client, **query: Any) -> list[int]:
    return [row.pk for row in client.get(LIST, query).context["cl"].result_list]


@pytest.mark.parametrize(
    ("queue", "names"),
    [
        ("mine", ["urgent", "mine"]),
        ("unassigned", ["free"]),
        ("waiting", ["waiting"]),
        ("overdue", ["late"]),
        ("drafts", ["draft"]),
        ("open", ["urgent", "free", "mine"]),
        ("nonsense", ["urgent", "free", "mine"]),
    ],
)
def test_each_queue_in_the_order_of_work(
    admin: Client, tickets: dict[str, Ticket], queue: str, names: list[str]
) -> None:
    assert shown(admin, queue=queue) == [tickets[name].pk for name in names]


def test_tabs_count_and_the_search_looks_everywhere(admin: Client, tickets: dict[str, Ticket]) -> None:
    tabs = {tab.queue.key: tab.shown for tab in admin.get(LIST).context["queue_tabs"]}
    assert tabs == {
        "mine": "2",
        "unassigned": "1",
        "drafts": "1",
        "overdue": "1",
        "waiting": "1",
        "open": "3",
        "all": "",
    }
    assert shown(admin, q=f"#{tickets['closed'].pk}") == [tickets["closed"].pk]
    assert len(shown(admin, queue="all")) == 7


def act(client: Client, name: str, *rows: Ticket, **values: Any) -> Any:
    data = {"action": name, "_selected_action": [row.pk for row in rows], **values}
    return client.post(f"{LIST}?queue=all", data)


def test_bulk_actions_ask_and_then_do(admin: Client, tickets: dict[str, Ticket], dana: User) -> None:
    bob = make_user("bob", is_staff=True)
    free, waiting, draft = tickets["free"], tickets["waiting"], tickets["draft"]
    for name, values, field, value in (
        ("assign_selected", {"assignee": bob.pk}, "assignee", bob),
        ("state_selected", {"state": "resolved"}, "state", "resolved"),
        ("priority_selected", {"priority": 10}, "priority", 10),
        ("close_selected", {}, "state", "closed"),
        ("spam_selected", {}, "state", "spam"),
    ):
        asked = act(admin, name, free, waiting)
        assert str(free.pk) in asked.content.decode()
        assert act(admin, name, free, waiting, post="yes", **values).status_code == 302
        for row in (free, waiting):
            row.refresh_from_db()
            assert getattr(row, field) == value, name
    act(admin, "tag_selected", free, draft, post="yes", tag=" Very   angry ")
    assert [tag.name for tag in draft.tags.all()] == ["Very angry"]
    act(admin, "take_selected", draft)
    draft.refresh_from_db()
    assert draft.assignee == dana
    assert act(admin, "assign_selected", free, post="yes", assignee="nonsense").status_code == 200


def told(response: Any) -> list[str]:
    """The messages that wait to be shown, those of earlier requests first."""
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tag_selected", {"tag": "vip"}),
        ("priority_selected", {"priority": 10}),
        ("close_selected", {}),
        ("assign_selected", {"assignee": ""}),
        ("take_selected", {}),
    ],
)
def test_what_is_too_much_for_one_run_is_told_and_done_by_the_next(
    admin: Client, monkeypatch: pytest.MonkeyPatch, bob: User, name: str, values: dict[str, Any]
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    holder = None if name == "take_selected" else bob
    rows = [desk_rows.ticket(assignee=holder) for _ in range(5)]
    desk_rows.ticket(state=TicketState.MERGED, merged_into=rows[0])
    for _ in range(3):
        last = act(admin, name, *Ticket.objects.all(), post="yes", **values)
    assert told(last) == [
        "2 tickets changed.",
        "2 of 5 tickets; run it again for the rest.",
        "2 tickets changed.",
        "2 of 3 tickets; run it again for the rest.",
        "1 ticket changed.",
    ]


def test_the_question_says_that_more_were_chosen(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    rows = [desk_rows.ticket() for _ in range(3)]
    assert "2 of 3 tickets; run it again" in act(admin, "close_selected", *rows).content.decode()
    assert "run it again" not in act(admin, "close_selected", *rows[:2]).content.decode()


def test_a_merge_of_too_many_says_how_many_it_took(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 3)
    rows = [desk_rows.ticket() for _ in range(4)]
    first = told(act(admin, "merge_selected", *rows, post="yes", target=rows[-1].pk))
    assert first == ["2 tickets changed.", "3 of 4 tickets; run it again for the rest."]


def test_beyond_what_is_counted_there_are_only_more(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(portions, "REACH", 3)
    for _ in range(5):
        desk_rows.ticket()
    found = portions.portion(Ticket.objects.order_by("pk"), 2)
    assert (len(found.rows), found.numbers) == (2, {"n": "2", "all": "3+"})


def test_tickets_are_merged_into_the_chosen_one(admin: Client, tickets: dict[str, Ticket]) -> None:
    one, two, three = tickets["mine"], tickets["urgent"], tickets["free"]
    act(admin, "merge_selected", one)
    assert not TicketMove.objects.exists()
    act(admin, "merge_selected", one, two, three, post="yes", target=two.pk)
    assert set(Ticket.objects.filter(merged_into=two)) == {one, three}


def test_the_export_streams_what_the_list_shows_and_is_no_formula(admin: Client, tickets: dict[str, Ticket]) -> None:
    response = admin.get(reverse("admin:tickets_ticket_export"), {"queue": "unassigned"})
    text = b"".join(response.streaming_content).decode()
    lines = text.removeprefix("\ufeff").splitlines()
    assert response["Content-Disposition"].startswith("attachment")
    assert len(lines) == 2
    assert "'=HYPERLINK(1)" in lines[1]
    chosen = act(admin, "export_selected", tickets["closed"], tickets["late"])
    assert len(b"".join(chosen.streaming_content).splitlines()) == 3


def test_an_empty_queue_says_what_it_is_for(admin: Client) -> None:
    desk_rows.ticket(state=TicketState.CLOSED)
    assert "Every open ticket has somebody" in admin.get(LIST, {"queue": "unassigned"}).content.decode()


def test_words_of_messages_are_found_and_figures_drawn(admin: Client, tickets: dict[str, Ticket]) -> None:
    said = desk_rows.message(tickets["closed"], text="The zeppelin has landed")
    add_message(tickets["closed"], said)
    assert shown(admin, q="zeppelin") == [tickets["closed"].pk]
    url = reverse("admin:tickets_ticket_statistics")
    assert "Nothing has been counted yet" in admin.get(url).content.decode()
    count_days([timezone.localdate()])
    page = admin.get(url, {"mailbox": tickets["mine"].mailbox_id}).content.decode()
    assert page.count("<svg") >= 2
    assert "Tickets by day" in page
    assert Client().get(url).status_code == 302

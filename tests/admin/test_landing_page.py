"""What needs me now, what is broken, what happened today."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat.choices import TurnState
from chat.models import Conversation, Turn
from integrations.models import AIModel, AIProvider
from integrations.services.environment import sync_from_environment
from integrations.services.providers import mark_health
from tests.admin.conftest import ask, bill, fill
from tests.tickets import desk_rows
from tickets.choices import MessageKind
from tickets.models import Mailbox

Staff = Callable[..., Client]
DESK = [
    "Mails received",
    "Answered by the autopilot",
    "Answered by people",
    "Handed over to people",
    "Drafts waiting for approval",
]


@pytest.fixture(autouse=True)
def worker(isolated_state: None) -> None:
    """A worker is alive unless a test says otherwise."""
    cache.set("heartbeat:ai", {"at": timezone.now().timestamp(), "by": "test"}, 60)


@pytest.fixture
def connected(provider: AIProvider) -> AIProvider:
    AIModel.objects.create(key="house-1", provider=provider, name="one", title="House one")
    return provider


def notices(client: Client) -> list[Any]:
    found: list[Any] = client.get("/admin/").context["landing"]["notices"]
    return found


def aged(turn: Turn, **age: float) -> Turn:
    Turn.objects.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(**age))
    return turn


def rows_behind(client: Client, url: str) -> int:
    count: int = client.get(url).context["cl"].result_count
    return count


def test_green_is_silent(admin: Client, connected: AIProvider) -> None:
    assert notices(admin) == []
    assert "Everything works" in admin.get("/admin/").content.decode()


def test_failed_answers_of_the_last_day_lead_to_their_list(admin: Client, connected: AIProvider, alice: User) -> None:
    for hours in (1, 2, 30):
        aged(ask(Conversation.objects.create(owner=alice), state=TurnState.FAILED), hours=hours)
    [notice] = notices(admin)
    assert notice.text == "2 answers failed in the last 24 hours"
    assert rows_behind(admin, notice.url) == 2


def test_stuck_questions_lead_to_their_list(admin: Client, connected: AIProvider, alice: User) -> None:
    for state, minutes in ((TurnState.PENDING, 5), (TurnState.RUNNING, 5), (TurnState.PENDING, 0)):
        aged(ask(Conversation.objects.create(owner=alice), state=state), minutes=minutes)
    [notice] = notices(admin)
    assert (notice.level, notice.text) == ("danger", "2 questions are stuck")
    assert rows_behind(admin, notice.url) == 2


def test_an_answer_that_is_being_written_is_not_stuck(admin: Client, connected: AIProvider, alice: User) -> None:
    turn = ask(Conversation.objects.create(owner=alice), state=TurnState.RUNNING)
    Turn.objects.filter(pk=turn.pk).update(lease_until=timezone.now() + timedelta(seconds=10))
    aged(turn, minutes=5)
    assert notices(admin) == []


def test_a_provider_that_is_down_says_since_when_and_why(admin: Client, connected: AIProvider) -> None:
    mark_health(connected.key, error="connection refused")
    AIProvider.objects.filter(pk=connected.pk).update(failing_since=timezone.now() - timedelta(hours=3))
    [notice] = notices(admin)
    assert notice.text == "House server does not answer"
    assert notice.advice == "connection refused"
    assert "3\xa0hours ago" in str(notice.since)
    assert admin.get(notice.url).status_code == 200


def test_without_a_model_one_is_offered(admin: Client, settings: Any) -> None:
    settings.OPENAI_API_KEY = settings.ANTHROPIC_API_KEY = ""
    sync_from_environment()
    [notice] = notices(admin)
    assert (notice.level, notice.text) == ("info", "No model is connected")
    assert admin.get(notice.url).status_code == 200


def test_locked_logins_lead_to_their_list(admin: Client, connected: AIProvider, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for browser, failures in (("one", 2), ("two", 2)):
        AccessAttempt.objects.create(
            username="alice", ip_address="203.0.113.7", user_agent=browser, failures_since_start=failures
        )
    AccessAttempt.objects.create(username="bob", ip_address="203.0.113.8", user_agent="x", failures_since_start=1)
    [notice] = notices(admin)
    assert notice.text == "1 log-in is locked out"
    assert rows_behind(admin, notice.url) == 2


def test_a_missing_worker_is_said(admin: Client, connected: AIProvider) -> None:
    cache.delete("heartbeat:ai")
    [notice] = notices(admin)
    assert (notice.level, notice.text) == ("danger", "No worker is answering")


def test_the_worst_comes_first(admin: Client, connected: AIProvider, alice: User) -> None:
    ask(Conversation.objects.create(owner=alice), state=TurnState.FAILED)
    mark_health(connected.key, error="connection refused")
    assert [notice.level for notice in notices(admin)] == ["danger", "warning"]


def test_the_figures_are_of_today(admin: Client, connected: AIProvider, conversation: Conversation) -> None:
    now = timezone.now()
    for first_token in (100, 300, 2000):
        bill(first_token_ms=first_token, cost=Decimal("0.10"))
    bill(outcome="failed", first_token_ms=None, cost=Decimal(0))
    bill(created_at=now - timedelta(days=3), first_token_ms=9000, cost=Decimal(5))
    bill(created_at=now - timedelta(days=40), cost=Decimal(500))
    trends = admin.get("/admin/").context["landing"]["trends"]
    values = {trend.title: trend.value for trend in trends}
    assert values == {
        **dict.fromkeys(DESK, "0"),
        "Conversations begun": "1",
        "Answers": "3",
        "Tokens": "4,936",
        "Cost": "$0.30",
        "Time to first token": "300 ms",
    }
    cost = next(trend for trend in trends if trend.title == "Cost")
    assert len(cost.line.paths[0].split()) == 14


def trends(client: Client) -> dict[str, Any]:
    return {trend.title: trend for trend in client.get("/admin/").context["landing"]["trends"]}


def busy_day(box: Mailbox, author: User) -> None:
    """Three mails, two answers of the autopilot, one of a person, one hand-over, one draft; and older ones."""
    now = timezone.now()
    ticket = desk_rows.ticket(mailbox=box)
    asked = [desk_rows.message(ticket) for _ in range(3)]
    for age, number in ((timedelta(0), 2), (timedelta(days=3), 4), (timedelta(days=40), 8)):
        for _ in range(number):
            desk_rows.message(ticket, MessageKind.ANSWER, by_ai=True, created_at=now - age)
    desk_rows.message(ticket, MessageKind.ANSWER, author=author)
    desk_rows.message(ticket, MessageKind.NOTE, author=author)
    for days in (0, 5, 40):
        desk_rows.decision(ticket, asked[0], decision="escalate_to_human", created_at=now - timedelta(days=days))
    desk_rows.decision(ticket, asked[1])
    desk_rows.draft(ticket, asked[2])
    desk_rows.mail(mailbox=box, received_at=now - timedelta(days=2))


def test_the_desks_figures_are_of_today(admin: Client, dana: User) -> None:
    busy_day(desk_rows.mailbox(), dana)
    found = trends(admin)
    assert [found[title].value for title in DESK] == ["3", "2", "1", "1", "1"]
    assert [len(found[title].line.paths) for title in DESK] == [1, 1, 1, 1, 0]
    assert found["Answered by the autopilot"].line.last != found["Answered by people"].line.last


def test_the_desks_figures_lead_to_their_rows(admin: Client, dana: User) -> None:
    busy_day(desk_rows.mailbox(), dana)
    found = trends(admin)
    for title, number in (("Mails received", 3), ("Handed over to people", 1), ("Drafts waiting for approval", 1)):
        assert rows_behind(admin, found[title].url) == number, title
    assert "statistics" in found["Answered by people"].url


def test_figures_of_mailboxes_that_one_may_not_see_do_not_count(staff: Staff, dana: User) -> None:
    client = staff("tickets.view_ticket", "tickets.view_inboundmail")
    mine, other = desk_rows.mailbox(), desk_rows.mailbox()
    other.groups.add(Group.objects.create(name="lawyers"))
    busy_day(other, dana)
    assert [trends(client)[title].value for title in DESK] == ["0"] * 5
    busy_day(mine, dana)
    found = trends(client)
    assert [found[title].value for title in DESK] == ["3", "2", "1", "1", "1"]
    assert client.get(found["Handed over to people"].url).status_code == 200


def test_the_desks_figures_are_for_those_who_may_see_tickets(staff: Staff, dana: User) -> None:
    busy_day(desk_rows.mailbox(), dana)
    client = staff("tickets.view_inboundmail")
    assert trends(client) == {}
    assert "Answered by people" not in client.get("/admin/").content.decode()


def test_received_mails_are_counted_for_those_who_may_see_them(staff: Staff, dana: User) -> None:
    busy_day(desk_rows.mailbox(), dana)
    assert list(trends(staff("tickets.view_ticket"))) == DESK[1:]


def test_the_median_of_an_even_number_lies_in_the_middle(admin: Client, connected: AIProvider) -> None:
    for first_token in (100, 200, 400, 4000):
        bill(first_token_ms=first_token)
    trends = admin.get("/admin/").context["landing"]["trends"]
    assert trends[-1].value == "300 ms"


def test_the_number_of_queries_is_constant(admin: Client, connected: AIProvider) -> None:
    fill(3)
    # How secrets are sealed is remembered for minutes.
    admin.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        admin.get("/admin/")
    fill(10)
    with CaptureQueriesContext(connection) as many:
        admin.get("/admin/")
    assert len(many) == len(few) <= 28


def test_staff_see_what_they_may_see(staff: Staff, connected: AIProvider, alice: User) -> None:
    ask(Conversation.objects.create(owner=alice), state=TurnState.FAILED)
    mark_health(connected.key, error="connection refused")
    client = staff("chat.view_turn")
    assert [notice.level for notice in notices(client)] == ["warning"]
    assert client.get("/admin/").context["landing"]["trends"] == []


def test_staff_without_rights_are_told_what_to_do(staff: Staff) -> None:
    assert "Ask an administrator" in staff().get("/admin/").content.decode()

"""The figures of the desk: counted from the rows, read as far as one may see."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.tickets import world
from tickets.choices import Decision, DraftState, MessageKind, TicketState, TriageState
from tickets.models import DeskDay, Ticket, Triage
from tickets.statistics import by_day, counting, figures, total

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def box(db):
    return world.mailbox()


def triage(ticket, decision, at, verdict=""):
    verdict_at = at + timedelta(hours=1) if verdict else None
    return Triage.objects.create(
        ticket=ticket, message=ticket.messages.first(), mailbox=ticket.mailbox, state=TriageState.DONE,
        decision=decision, created_at=at, verdict=verdict, verdict_at=verdict_at,
    )  # fmt: skip


def fill(box):
    """Ten tickets of one day, answered after 1 to 10 minutes; and some that do not count."""
    for number in range(1, 11):
        answered = NOON + timedelta(minutes=number)
        ticket = world.ticket(box, created_at=NOON, first_answered_at=answered, closed_at=NOON + timedelta(hours=2))
        world.message(ticket, "Ответ", kind=MessageKind.ANSWER, created_at=answered, by_ai=number <= 4)
        triage(
            ticket,
            Decision.FULL_ANSWER if number <= 6 else Decision.ESCALATE,
            NOON,
            DraftState.EDITED if number == 1 else "",
        )
    world.ticket(box, created_at=NOON, state=TicketState.SPAM)
    world.ticket(box, created_at=NOON - timedelta(days=1))
    Ticket.objects.filter(pk=ticket.pk).update(rating=4, rated_at=NOON, verified_at=NOON)


def test_a_day_is_counted_the_same_however_often(box, dana):
    fill(box)
    for _ in range(2):
        counting.count_days([DAY, DAY - timedelta(days=1)])
    found = total(figures(actor=dana, first=DAY, last=DAY))
    counts = found.counts
    assert (counts["created"], counts["first_answered"], counts["answered"], counts["automatic"]) == (10, 10, 10, 4)
    assert (found.times["first_answer_median"], found.times["first_answer_p90"]) == (360, 600)
    assert found.times["resolution_median"] == 7200
    assert (found.share_decided("full_answer"), found.automatic_share, found.edit_rate) == (0.6, 0.4, 1.0)
    assert (found.rating, counts["verified"], counts["closed"]) == (4.0, 1, 10)
    assert list(by_day(figures(actor=dana, first=date(2026, 1, 1), last=DAY))) == [
        DAY - timedelta(days=1),
        DAY,
    ]


def test_days_that_were_never_counted_are(box):
    fill(box)
    due = counting.due_days(NOON + timedelta(days=30))
    assert {DAY, DAY - timedelta(days=1)} <= set(due)
    counting.count_days(due)
    assert DeskDay.objects.filter(day=DAY).get().created == 10
    assert len(counting.due_days(NOON + timedelta(days=30))) == counting.FRESH_DAYS


def test_the_api_tells_them_to_those_who_see_the_mailbox(api, box):
    fill(box)
    fill(world.mailbox("legal", team="lawyers"))
    counting.count_days([DAY])
    api.force_authenticate(world.agent())
    body = api.get("/api/v1/tickets/statistics?first=2026-03-01&last=2026-03-03").json()
    assert body["total"]["created"] == 10 and body["days"][0]["day"] == "2026-03-02"
    for query in ("first=2026-03-03&last=2026-03-01", "first=2020-01-01&last=2026-03-01", "first=x"):
        answer = api.get(f"/api/v1/tickets/statistics?{query}")
        assert answer.status_code == 422 and answer.json()["errors"][0]["loc"] == ["query", "first"]

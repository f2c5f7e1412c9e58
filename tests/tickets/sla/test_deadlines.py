"""Deadlines of tickets: set, paused, warned of, missed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.outbox.conftest import Clock, clock  # noqa: F401 - a fixture
from tests.tickets import desk
from tickets.choices import AnswerKind, EventBy, EventKind, TicketPriority, TicketState
from tickets.models import SlaPolicy, SlaTarget, Ticket
from tickets.services import changes
from tickets.services.events import record
from tickets.services.incoming import arrived
from tickets.sla.clock import recount, recount_open
from tickets.sla.sweeping import sweep

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def row(clock: Clock):  # noqa: F811
    policy = SlaPolicy.objects.create(name="Quick", warn_minutes=30)
    SlaTarget.objects.create(
        policy=policy,
        priority=TicketPriority.NORMAL,
        first_answer_minutes=120,
        next_answer_minutes=240,
        resolution_minutes=600,
    )
    SlaTarget.objects.create(policy=policy, priority=TicketPriority.URGENT, first_answer_minutes=30)
    found = desk.ticket(mailbox=desk.mailbox(sla=policy), waiting_since=clock.now)
    Ticket.objects.filter(pk=found.pk).update(created_at=clock.now)
    found.refresh_from_db()
    record(found, EventKind.CREATED)
    return found


def due(row):
    row.refresh_from_db()
    return row.due_at and row.due_at - row.created_at


def test_the_first_answer_then_the_next_one_then_the_resolution(row, clock, dana):  # noqa: F811
    assert (due(row), row.answer_due_at, row.resolution_due_at) == (2 * HOUR, row.due_at, row.created_at + 10 * HOUR)
    clock.pass_by(hours=1)
    desk.answer(row, "Which number?", kind=AnswerKind.QUESTION)
    assert due(row) is None
    clock.pass_by(hours=5)
    arrived(row, desk.letter(row, "Number 5", created_at=clock.now, sent_at=clock.now), is_new=False)
    # Five hours of waiting do not count: ten from 6 o'clock on, the answer within four.
    assert (due(row), row.resolution_due_at - row.created_at) == (10 * HOUR, 15 * HOUR)
    clock.pass_by(hours=1)
    changes.set_state(row, TicketState.CLOSED, actor=dana)
    assert due(row) is None


def test_a_new_priority_counts_at_once_and_other_targets_after_a_recount(row, dana):
    changes.set_priority(row, TicketPriority.URGENT, actor=dana)
    assert (due(row), row.resolution_due_at) == (HOUR / 2, None)
    SlaTarget.objects.filter(priority=TicketPriority.URGENT).update(first_answer_minutes=45)
    assert recount_open([row.mailbox_id]) == 1
    assert due(row) == HOUR * 0.75
    assert not recount(row)


def test_each_deadline_is_warned_of_and_missed_once(row, clock):  # noqa: F811
    def told():
        found = sweep()
        return found.warnings, found.breaches

    assert told() == (0, 0)
    clock.pass_by(minutes=95)
    assert [told(), told()] == [(1, 0), (0, 0)]
    clock.pass_by(minutes=30)
    assert [told(), told()] == [(0, 1), (0, 0)]
    desk.answer(row)
    arrived(row, desk.letter(row, "It did not come", created_at=clock.now, sent_at=clock.now), is_new=False)
    clock.pass_by(minutes=215)
    assert [told(), told()] == [(1, 0), (0, 0)]
    clock.pass_by(minutes=60)
    assert [told(), told()] == [(0, 1), (0, 0)]
    told_of = [event for event in row.events.order_by("id") if event.kind.startswith("sla")]
    assert [(event.kind, event.data["what"], event.by) for event in told_of] == [
        (EventKind.SLA_WARNING, "answer", EventBy.SYSTEM),
        (EventKind.SLA_BREACHED, "answer", EventBy.SYSTEM),
    ] * 2


def test_without_a_service_level_nothing_is_due():
    row = desk.ticket()
    record(row, EventKind.CREATED)
    assert due(row) is None
    assert sweep(timezone.now() + 1000 * HOUR).breaches == 0

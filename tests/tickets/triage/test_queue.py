"""What waits: once, for the newest mail, by one worker, however many die."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.tickets.triage.conftest import carry_through
from tickets.choices import TriageAction, TriageState
from tickets.models import TicketMessage, Triage
from tickets.triage import acting, work
from tickets.triage.claims import claim
from tickets.triage.queue import enqueue

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I reset the router?"


def answers():
    return TicketMessage.objects.filter(kind="answer").count()


def test_a_newer_mail_overtakes_and_both_are_answered_together(write, library):
    first = write("Hello!", subject="")
    assert enqueue(first.message).pk == first.pk
    second = write(QUESTION, subject="", ticket=first.ticket)
    carry_through()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (TriageState.SUPERSEDED, TriageState.DONE)
    assert answers() == 1 and "15 seconds" in TicketMessage.objects.get(kind="answer").text


def test_what_is_overtaken_at_work_has_no_effect(write, library, monkeypatch):
    row = write(QUESTION, subject="")
    real = acting.act_on

    def overtaken(held):
        Triage.objects.filter(pk=row.pk).update(state=TriageState.SUPERSEDED)
        return real(held)

    monkeypatch.setattr(acting, "act_on", overtaken)
    carry_through()
    row.refresh_from_db()
    assert (row.decision, answers()) == ("", 0)


def test_a_dead_workers_mail_is_taken_over_after_its_lease(write, library):
    row = write(QUESTION, subject="")
    assert [one.pk for one in claim()] == [row.pk]
    assert work.run_next() == 0
    Triage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    carry_through()
    row.refresh_from_db()
    assert (row.state, row.attempts, answers()) == (TriageState.DONE, 2, 1)


def test_a_failure_is_tried_again_and_in_the_end_a_person_is_told(write, library, monkeypatch):
    def broken(case):
        raise RuntimeError("boom")

    monkeypatch.setattr(work, "ruling_on", broken)
    row = write(QUESTION, subject="")
    for _ in range(6):
        carry_through()
        Triage.objects.filter(state=TriageState.PENDING).update(next_attempt_at=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.action, row.action_reason) == (TriageState.FAILED, TriageAction.ESCALATED, "failed")
    row.ticket.refresh_from_db()
    assert row.ticket.escalated_at and answers() == 0


def test_many_workers_decide_each_mail_once(write, library):
    rows = [write(QUESTION, subject="") for _ in range(12)]

    def worker():
        try:
            carry_through()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(worker) for _ in range(3)]:
            done.result()
    Triage.objects.filter(state=TriageState.PENDING).update(next_attempt_at=timezone.now())
    carry_through()
    assert Triage.objects.filter(state=TriageState.DONE).count() == len(rows)
    assert answers() == len(rows)


def test_an_answer_of_a_person_meanwhile_is_respected(write, library):
    row = write(QUESTION, subject="")
    row.ticket.last_answered_at = timezone.now()
    row.ticket.save()
    carry_through()
    row.refresh_from_db()
    assert (row.action, row.action_reason) == (TriageAction.RECORDED, "answered_meanwhile")


def test_one_customer_gets_so_many_automatic_answers_an_hour(decided, library, settings):
    settings.AUTOPILOT_ANSWERS_PER_HOUR = 2
    row = decided(QUESTION, subject="")
    decided("How long do I hold the reset button of the router?", subject="", ticket=row.ticket)
    third = decided("And how do I reset the router again?", subject="", ticket=row.ticket)
    assert (third.action, third.action_reason) == (TriageAction.DRAFTED, "too_many")

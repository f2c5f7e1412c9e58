"""What staff do with drafts: the curve, the report, and an autopilot that stands back."""

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.choices import AutopilotLevel, EventKind, TriageSource
from tickets.models import AutopilotEvent, Draft, Mailbox, TicketEvent, Triage
from tickets.triage import autopilot, verdicts
from tickets.triage.calibration import along, calibrated, calibration_report, fitted, quality, usefulness


def curve(own):
    return [(x, y) for x, y in fitted(own)]


pairs = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=40)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(pairs, st.floats(0, 1), st.floats(0, 1))
def test_a_curve_rises_and_stays_within_bounds(own, low, high):
    points = curve(own)
    assert 0 <= along(points, min(low, high)) <= along(points, max(low, high)) + 1e-9 <= 1 + 1e-9


def test_few_verdicts_change_little_and_many_change_all():
    unsure = [(0.9, 0.0)] * 2
    assert along(curve(unsure), 0.9) > 0.2
    assert along(curve([(0.9, 0.0)] * 60), 0.9) < 0.1
    assert along(curve([(0.4, 1.0)] * 60), 0.4) > 0.9
    assert along([], 0.37) == 0.37


@pytest.mark.parametrize(
    ("verdict", "edited", "worth"),
    [("approved", 0.0, 1), ("edited", 0.05, 1), ("edited", 0.35, 0.5), ("edited", 0.9, 0), ("rejected", None, 0)],
)
def test_what_a_verdict_is_worth(verdict, edited, worth):
    assert usefulness(verdict, edited) == pytest.approx(worth)


def test_the_figures_of_quality():
    found = quality([(0.8, 1.0), (0.8, 0.0), (0.2, 0.0)])
    assert found.brier == pytest.approx((0.04 + 0.64 + 0.04) / 3, abs=1e-4)
    assert found.ece == pytest.approx((2 * 0.3 + 0.2) / 3, abs=1e-4)
    assert [(one.count, one.useful) for one in found.bins if one.count] == [(1, 0.0), (2, 0.5)]


@pytest.fixture
def judge(write, mailbox):
    """A decided mail whose draft a person has dealt with."""

    def judged(state, *, edited=0.0, confidence=0.9, model="scripted"):
        row = write("How do I reset the router?")
        values = {"state": "done", "decision": "full_answer", "source": TriageSource.MODEL, "action": "drafted"}
        Triage.objects.filter(pk=row.pk).update(
            **values, confidence=confidence, calibrated=0.8, model_key=model, finished_at=timezone.now()
        )
        draft = Draft.objects.create(
            ticket=row.ticket, triage=row, text="a", state=state, edited=edited, reviewed_at=timezone.now()
        )
        verdicts.note(draft)
        mailbox.refresh_from_db()
        return row

    return judged


@pytest.mark.django_db
def test_verdicts_calibrate_the_mailbox_and_are_reported(judge, mailbox):
    for state in ("approved", "rejected", "rejected", "edited"):
        row = judge(state, edited=0.9 if state == "edited" else None)
    row.refresh_from_db()
    assert (row.verdict, row.edited) == ("edited", 0.9)
    assert 0 < (calibrated(mailbox, TriageSource.MODEL, 0.9) or 0) < 0.7
    assert calibrated(mailbox, TriageSource.LOCAL, 0.9) == 0.9
    report = calibration_report(mailbox)
    assert report.verdicts == 4
    assert report.confusion["full_answer"] == {"approved": 1, "edited": 1, "rejected": 2}
    assert report.raw.brier and report.raw.ece and report.curve
    assert report.calibrated.bins[8].count == 4


@pytest.mark.django_db
def test_too_many_edits_pause_the_autopilot_until_staff_let_it_go(judge, mailbox, dana):
    for _ in range(3):
        judge("approved")
    for _ in range(2):
        judge("rejected")
    assert mailbox.is_paused() and "40" in mailbox.autopilot_paused_for
    event = TicketEvent.objects.get(kind=EventKind.AUTOPILOT)
    assert event.data["paused"] is True and event.data["rate"] == 0.4
    assert autopilot.resume(mailbox, actor=dana) and not autopilot.resume(mailbox, actor=dana)
    mailbox.refresh_from_db()
    assert not mailbox.is_paused()
    assert [row.paused for row in AutopilotEvent.objects.order_by("pk")] == [True, False]
    judge("rejected")
    assert not mailbox.is_paused(), "verdicts from before count no more"


@pytest.mark.django_db
def test_small_edits_and_desks_without_autopilot_pause_nothing(judge, mailbox):
    for _ in range(6):
        judge("edited", edited=0.05)
    assert not mailbox.is_paused()
    Mailbox.objects.update(autopilot=AutopilotLevel.DRAFT)
    for _ in range(6):
        judge("rejected")
    assert not mailbox.is_paused()

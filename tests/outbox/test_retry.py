"""When it is tried again, when it is given up, and what then needs a person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.outbox import policy
from integrations.outbox.choices import AttemptOutcome, DeliveryKind, DeliveryState, HoldReason
from integrations.outbox.claims import claim_next
from integrations.outbox.errors import DeliveryError, LeaseLost, NotPossible, OnHold, OutcomeUnknown
from integrations.outbox.models import Delivery
from integrations.outbox.services import cancel, confirm, redeliver, release_held
from integrations.outbox.transports import transport_of
from integrations.outbox.work import attempt, attempt_now, recover_abandoned, recover_all
from tests.outbox.conftest import chat, mail


def even(low, high):
    """No jitter."""
    return (low + high) / 2


class Behaviour:
    """Replaces what a transport does with a claimed row, and nothing else of it."""

    def __init__(self, monkeypatch, kind):
        self.next = []
        monkeypatch.setattr(type(transport_of(kind)), "send", lambda transport, row, hand_over: self.send(hand_over))

    def send(self, hand_over):
        step = self.next.pop(0)
        if not isinstance(step, DeliveryError) or isinstance(step, OutcomeUnknown):
            hand_over()
        if isinstance(step, BaseException):
            raise step
        return dict(step)


@pytest.fixture
def mails(monkeypatch):
    return Behaviour(monkeypatch, DeliveryKind.MAIL)


@pytest.fixture
def chats(monkeypatch):
    return Behaviour(monkeypatch, DeliveryKind.TELEGRAM)


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch):
    monkeypatch.setattr("random.uniform", even)


def tried(row):
    """The row after one attempt."""
    assert attempt_now(row.pk), "was not due"
    return Delivery.objects.get(pk=row.pk)


def test_pauses_grow_to_their_limit_and_end():
    plan = policy.RetryPolicy(
        attempts=6, first_pause=10, growth=3, longest_pause=200, max_age=1000, repeat_unknown=False
    )
    error = DeliveryError("x")
    pauses = [plan.pause(tries=tries, age=0, error=error, spread=even) for tries in range(1, 7)]
    assert pauses == [10, 30, 90, 200, 200, None]
    assert plan.pause(tries=4, age=801, error=error, spread=even) is None
    assert plan.pause(tries=1, age=0, error=DeliveryError("x", permanent=True)) is None
    assert plan.pause(tries=10**6, age=0, error=error) is None


@pytest.mark.parametrize("plan", [policy.MAIL, policy.TELEGRAM, policy.WEBHOOK])
def test_no_pause_is_shorter_than_asked_for(plan):
    for seconds in (0.5, 37, 3000):
        pause = plan.pause(tries=1, age=0, error=DeliveryError("x", retry_after=seconds))
        assert seconds <= pause <= seconds * 1.1
    assert plan.pause(tries=1, age=0, error=DeliveryError("x", retry_after=plan.max_age + 1)) is None


@pytest.mark.parametrize("plan", [policy.MAIL, policy.TELEGRAM, policy.WEBHOOK])
def test_jitter_spreads_by_a_fifth(plan):
    low = plan.pause(tries=1, age=0, error=DeliveryError("x"), spread=lambda low, high: low)
    high = plan.pause(tries=1, age=0, error=DeliveryError("x"), spread=lambda low, high: high)
    assert (low, high) == (plan.first_pause * 0.8, plan.first_pause * 1.2)


@pytest.mark.django_db
def test_a_passing_trouble_is_tried_again_until_it_is_over(mails, clock):
    row = mail()
    mails.next = [DeliveryError("busy", code="451")] * 3 + [{"reply": "250 OK"}]
    for pause in (30, 60, 120):
        row = tried(row)
        assert (row.state, row.last_error) == (DeliveryState.PENDING, "busy")
        assert row.next_attempt_at - clock.now == timedelta(seconds=pause)
        assert not attempt_now(row.pk)
        clock.pass_by(seconds=pause)
    row = tried(row)
    assert (row.state, row.attempts, row.result, row.last_error) == ("delivered", 4, {"reply": "250 OK"}, "")
    outcomes = list(row.log.values_list("number", "outcome", "code"))
    assert outcomes == [(1, "retry", "451"), (2, "retry", "451"), (3, "retry", "451"), (4, "delivered", "")]


@pytest.mark.django_db
def test_a_refusal_for_good_is_a_dead_letter_at_once(mails):
    mails.next = [DeliveryError("no such user", code="550", permanent=True)]
    row = tried(mail())
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 1)
    assert row.finished_at is not None
    assert row.log.get().outcome == AttemptOutcome.FAILED


@pytest.mark.django_db
def test_after_the_last_attempt_it_is_a_dead_letter(mails, clock):
    row = mail()
    mails.next = [DeliveryError("busy")] * 100
    while row.state == DeliveryState.PENDING:
        clock.now = row.next_attempt_at = max(clock.now, row.next_attempt_at)
        row = tried(row)
    assert row.state == DeliveryState.FAILED
    assert timedelta(days=2) < clock.now - row.first_attempt_at <= timedelta(days=3)


@pytest.mark.django_db
def test_secrets_in_errors_are_masked(mails):
    mails.next = [DeliveryError("https://api.telegram.org/bot123456:AAabcdefghijkl/x password=hunter2", permanent=True)]
    row = tried(mail())
    assert "AAabcdefghijkl" not in row.last_error + row.log.get().error
    assert "hunter2" not in row.last_error + row.log.get().error


@pytest.mark.django_db
def test_a_server_that_is_down_is_not_asked_for_each_message(mails, clock):
    rows = [mail() for _ in range(3)]
    mails.next = [DeliveryError("unreachable", everywhere=True)]
    tried(rows[0])
    assert claim_next(DeliveryKind.MAIL, worker="w", now=clock.now) is None
    clock.pass_by(seconds=30)
    assert Delivery.objects.claimable(clock.now).count() == 3


@pytest.mark.django_db
def test_what_may_have_arrived_is_repeated_only_where_the_receiver_can_tell(mails, chats):
    mails.next = chats.next = [OutcomeUnknown("no answer")]
    mails.next = list(mails.next)
    letter, message = tried(mail()), tried(chat())
    assert (letter.state, letter.log.get().outcome) == (DeliveryState.PENDING, AttemptOutcome.UNKNOWN)
    assert (message.state, message.log.get().outcome) == (DeliveryState.UNCERTAIN, AttemptOutcome.UNKNOWN)


@pytest.mark.django_db
def test_a_caller_may_say_that_a_repetition_does_no_harm(chats):
    row = chat()
    Delivery.objects.filter(pk=row.pk).update(repeatable=True)
    chats.next = [OutcomeUnknown("no answer")]
    assert tried(row).state == DeliveryState.PENDING


@pytest.mark.django_db
def test_an_error_of_ours_costs_an_attempt_and_is_not_repeated_for_ever(mails, chats, caplog):
    mails.next, chats.next = [ValueError("sk-secret-of-ours")], [KeyError("x")]
    row = tried(mail())
    assert (row.state, row.last_error) == (DeliveryState.PENDING, "Internal error: ValueError.")
    # It had been handed over.
    assert tried(chat()).state == DeliveryState.UNCERTAIN
    assert "Traceback" in caplog.text


@pytest.mark.django_db
def test_who_finds_the_row_taken_over_settles_nothing(mails):
    mails.next = [LeaseLost("x")]
    row = mail()
    claimed = claim_next(DeliveryKind.MAIL, worker="w", now=timezone.now())
    attempt(claimed)
    assert list(row.log.all()) == []


# Held back


@pytest.mark.django_db
def test_what_lacks_a_set_up_waits_without_losing_attempts(mails, clock):
    first, second = mail(), mail()
    for _ in range(30):
        Delivery.objects.update(next_attempt_at=clock.now)
        mails.next = [OnHold(HoldReason.NO_MAIL_SERVER)]
        row = tried(first)
        clock.pass_by(days=1)
    assert (row.state, row.attempts, row.tries, row.first_attempt_at) == ("pending", 0, 0, None)
    assert row.held_for == HoldReason.NO_MAIL_SERVER
    second.refresh_from_db()
    assert second.held_for == HoldReason.NO_MAIL_SERVER
    mails.next = [{}, {}]
    Delivery.objects.update(next_attempt_at=clock.now)
    assert {tried(first).state, tried(second).state} == {"delivered"}


@pytest.mark.django_db
def test_what_was_held_back_goes_out_when_the_set_up_is_there(mails, clock, woken, django_capture_on_commit_callbacks):
    row = mail()
    mails.next = [OnHold(HoldReason.NO_MAIL_SERVER), {}]
    assert tried(row).held_for
    with django_capture_on_commit_callbacks(execute=True):
        release_held("mail:default")
    assert woken == [True]
    assert tried(row).state == DeliveryState.DELIVERED


# Dead workers


@pytest.mark.django_db
def test_a_worker_that_dies_before_the_message_left_costs_nothing(chats, clock):
    row = chat()
    claim_next(DeliveryKind.TELEGRAM, worker="dead", now=clock.now)
    assert recover_abandoned() == 0
    clock.pass_by(seconds=61)
    assert recover_abandoned() == 1
    chats.next = [{}]
    assert tried(row).state == DeliveryState.DELIVERED
    assert list(row.log.values_list("outcome", flat=True)) == [AttemptOutcome.LOST, AttemptOutcome.DELIVERED]


@pytest.mark.django_db
def test_a_worker_that_dies_in_the_middle_leaves_a_question(clock):
    row, letter = chat(), mail()
    for kind in (DeliveryKind.TELEGRAM, DeliveryKind.MAIL):
        claim_next(kind, worker="dead", now=clock.now)
    Delivery.objects.update(handed_over_at=clock.now)
    assert recover_all() == 2
    row.refresh_from_db()
    letter.refresh_from_db()
    assert (row.state, letter.state) == (DeliveryState.UNCERTAIN, DeliveryState.PENDING)
    assert letter.next_attempt_at == clock.now


@pytest.mark.django_db
def test_a_message_that_kills_its_workers_ends(clock):
    row = chat()
    for _ in range(policy.TELEGRAM.attempts):
        assert claim_next(DeliveryKind.TELEGRAM, worker="dead", now=clock.now)
        clock.pass_by(seconds=61)
        recover_abandoned()
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED


# People


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["failed", "uncertain", "cancelled"])
def test_a_person_sends_again_what_has_ended(mails, dana, clock, state):
    row = mail()
    Delivery.objects.update(state=state, finished_at=clock.now, tries=25, attempts=25, first_attempt_at=clock.now)
    clock.pass_by(days=9)
    redeliver(row, actor=dana)
    mails.next = [{}]
    row = tried(row)
    assert (row.state, row.attempts, row.tries) == ("delivered", 26, 1)


@pytest.mark.django_db
def test_what_waits_for_its_next_attempt_can_be_sent_now(mails, dana):
    row = mail()
    mails.next = [DeliveryError("busy"), {}]
    tried(row)
    redeliver(row, actor=dana)
    assert tried(row).state == DeliveryState.DELIVERED


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["pending", "failed", "uncertain"])
def test_a_person_gives_up(dana, clock, state):
    row = mail()
    finished = None if state == "pending" else clock.now
    Delivery.objects.update(state=state, finished_at=finished)
    cancel(row, actor=dana)
    row.refresh_from_db()
    assert row.state == DeliveryState.CANCELLED
    assert not attempt_now(row.pk)


@pytest.mark.django_db
def test_nothing_is_done_twice_by_people(dana, clock):
    row = mail()
    Delivery.objects.update(state="delivered", finished_at=clock.now)
    for change in (redeliver, cancel, confirm):
        with pytest.raises(NotPossible):
            change(row, actor=dana)
    Delivery.objects.update(state="sending", finished_at=None, lease_until=clock.now)
    for change in (redeliver, cancel):
        with pytest.raises(NotPossible, match="being sent"):
            change(row, actor=dana)


@pytest.mark.django_db
def test_a_person_confirms_that_it_arrived(dana, clock):
    row = chat()
    Delivery.objects.update(state="uncertain", finished_at=clock.now)
    confirm(row, actor=dana)
    row.refresh_from_db()
    assert row.state == DeliveryState.DELIVERED

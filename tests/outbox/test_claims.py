"""Who sends: one claimant for each row, one row at a time for each ordering key."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from integrations.outbox.choices import DeliveryKind, DeliveryState, Priority
from integrations.outbox.claims import claim_next, hand_over, renew
from integrations.outbox.errors import LeaseLost
from integrations.outbox.models import Delivery
from integrations.outbox.settle import end_delivered
from integrations.outbox.work import recover_abandoned
from tests.outbox.conftest import chat, mail

WORKERS = 50


def claim(kind=DeliveryKind.TELEGRAM, worker="w", at=None):
    return claim_next(kind, worker=worker, now=at or timezone.now())


def finish(delivery):
    end_delivered(delivery, {}, started=timezone.now())


def in_threads(number, work):
    """Runs `work(index)` in so many threads that begin together; their errors are ours."""
    barrier = threading.Barrier(number)

    def run(index):
        try:
            barrier.wait(60)
            work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        for ended in [threads.submit(run, index) for index in range(number)]:
            ended.result(120)


@pytest.mark.django_db(transaction=True)
def test_fifty_workers_send_each_row_once():
    for number in range(60):
        mail(f"mail-{number}")
    claimed = []

    def work(index):
        while (row := claim(DeliveryKind.MAIL, worker=f"worker-{index}")) is not None:
            claimed.append(row.pk)
            finish(row)

    in_threads(WORKERS, work)
    assert Counter(claimed) == Counter(Delivery.objects.values_list("pk", flat=True))
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_chat_gets_its_messages_one_at_a_time_and_in_order():
    expected = {chat_id: [chat(f"{n}", f"{chat_id}-{n}", chat_id).pk for n in range(5)] for chat_id in (1, 2, 3)}
    sent, sending, crowded = {1: [], 2: [], 3: []}, Counter(), []
    lock = threading.Lock()

    def work(index):
        idle = 0
        while idle < 3:
            row = claim(worker=f"worker-{index}")
            if row is None:
                idle += not Delivery.objects.filter(state__in=["pending", "sending"]).exists()
                continue
            chat_id = int(row.payload["chat_id"])
            with lock:
                sending[chat_id] += 1
                crowded.append(sending[chat_id] > 1)
                sent[chat_id].append(row.pk)
            hand_over(row)
            with lock:
                sending[chat_id] -= 1
            finish(row)

    in_threads(8, work)
    assert sent == expected
    assert not any(crowded)


@pytest.mark.django_db
def test_what_is_urgent_goes_first_but_not_past_its_own_chat():
    normal, other = chat(chat_id=1), chat(chat_id=2)
    urgent = chat("now", uuid4().hex, 1)
    Delivery.objects.filter(pk=urgent.pk).update(priority=Priority.URGENT)
    Delivery.objects.filter(pk=other.pk).update(priority=Priority.BULK)
    order = []
    while (row := claim()) is not None:
        order.append(row.pk)
        finish(row)
    assert order == [normal.pk, urgent.pk, other.pk]


@pytest.mark.django_db
def test_one_that_waits_for_its_next_attempt_holds_up_those_behind_it_only():
    first, second, elsewhere = chat(chat_id=1), chat("later", uuid4().hex, 1), chat(chat_id=2)
    Delivery.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(minutes=5))
    assert claim().pk == elsewhere.pk
    assert claim() is None
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.FAILED, finished_at=timezone.now())
    assert claim().pk == second.pk


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_sends_nothing(clock):
    mail()
    slow = claim(DeliveryKind.MAIL, "slow")
    clock.pass_by(seconds=61)
    assert recover_abandoned() == 1
    quick = claim(DeliveryKind.MAIL, "quick")
    assert quick.pk == slow.pk
    with pytest.raises(LeaseLost):
        hand_over(slow)
    hand_over(quick)
    finish(slow)
    assert Delivery.objects.get().state == DeliveryState.SENDING
    finish(quick)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


@pytest.mark.django_db
def test_a_renewed_lease_is_not_taken_over(clock):
    mail()
    row = claim(DeliveryKind.MAIL)
    for _ in range(5):
        clock.pass_by(seconds=45)
        renew([row])
        assert recover_abandoned() == 0
    finish(row)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED

"""One row per idempotency key, in the caller's transaction, woken on commit."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from integrations.outbox.choices import DeliveryKind, DeliveryState, Priority
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.ids import lowest_uuid, ordered_uuid
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order, enqueue
from tests.outbox.conftest import mail


@pytest.mark.django_db
def test_the_same_key_gives_the_same_row():
    first = mail("ticket:1:reply:1")
    again = mail("ticket:1:reply:1", subject="Another text")
    assert again.pk == first.pk
    assert Delivery.objects.get().payload["subject"] == "Hello"


@pytest.mark.django_db(transaction=True)
def test_two_callers_at_once_make_one_row():
    barrier, found = threading.Barrier(8), []

    def enqueue():
        barrier.wait(30)
        found.append(mail("once").pk)
        connection.close()

    threads = [threading.Thread(target=enqueue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 8
    assert set(found) == {Delivery.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_when_the_caller_commits(woken):
    with transaction.atomic():
        mail()
        assert woken == []
    assert woken == [True]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_sent(woken):
    with pytest.raises(RuntimeError), transaction.atomic():
        mail()
        raise RuntimeError
    assert (woken, Delivery.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_a_row_tells_who_caused_it_and_what_it_is_about(alice):
    row = mail(order={"source": "ticket:7", "actor": alice, "priority": Priority.URGENT}, cc=["bob@example.com"])
    assert (row.source, row.created_by, row.priority) == ("ticket:7", alice, Priority.URGENT)
    assert (row.recipient, row.summary, row.state) == ("alice@example.com +1", "Hello", DeliveryState.PENDING)


@pytest.mark.django_db
def test_what_is_to_go_out_later_is_not_due_yet():
    later = timezone.now() + timedelta(hours=1)
    row = mail(order={"not_before": later})
    assert not Delivery.objects.claimable(timezone.now()).exists()
    assert Delivery.objects.claimable(later).get() == row


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_is_needed(key):
    with pytest.raises(InvalidMessage, match="key"):
        enqueue(DeliveryKind.MAIL, {}, Order(key=key))


def test_keys_sort_in_the_order_of_writing(monkeypatch):
    first, an_hour_ago = ordered_uuid(), time.time_ns() - 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: an_hour_ago)
    later = [ordered_uuid() for _ in range(5000)]
    assert [first, *later] == sorted({first, *later})
    assert {key.version for key in later} == {7}


def test_keys_made_from_a_moment_on_are_not_below_its_lowest_one():
    moment = timezone.now()
    assert lowest_uuid(moment) <= ordered_uuid() < lowest_uuid(moment + timedelta(hours=1))

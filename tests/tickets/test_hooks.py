"""Webhooks out: endpoints that listen are told in the transaction of the change, without anybody's words."""

import json

import pytest
from django.db import transaction

from integrations.models import Delivery
from integrations.remember import forget
from integrations.webhooks.models import WebhookEndpoint
from tests.tickets import world
from tickets.choices import EventBy, EventKind, TicketState
from tickets.hooks import tell_webhooks
from tickets.services.changes import add_note, set_state
from tickets.services.events import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(db):
    return world.ticket(world.mailbox())


@pytest.fixture
def endpoint(db):
    return WebhookEndpoint.objects.create(
        name="CRM", url="https://crm.example/hooks", events=["ticket.state", "ticket.message"]
    )


def told():
    return [row.payload for row in Delivery.objects.filter(kind="webhook").order_by("pk")]


def test_a_change_is_told_without_words(ticket, endpoint, dana):
    record(ticket, EventKind.MESSAGE, by=EventBy.CUSTOMER, message=ticket.messages.get())
    set_state(ticket, TicketState.OPEN, actor=dana)
    add_note(ticket, "Не для чужих глаз", actor=dana)
    first, second = told()
    assert (first["event"], second["event"]) == ("ticket.message", "ticket.state")
    assert second["data"]["ticket"]["number"] == ticket.pk
    assert (second["data"]["before"], second["data"]["after"], second["data"]["actor"]) == ("new", "open", dana.pk)
    assert first["data"]["message"] == str(ticket.messages.first().uuid)
    for secret in ("Ольга", "olga@", "заказ", "Заказ"):
        assert secret not in json.dumps([first, second], ensure_ascii=False)


def test_nothing_is_told_of_what_did_not_happen(ticket, endpoint, dana):
    with transaction.atomic():
        set_state(ticket, TicketState.OPEN, actor=dana)
        transaction.set_rollback(True)
    assert told() == []


def test_without_listeners_nothing_is_asked_for_each_change(ticket, dana, settings, django_assert_num_queries):
    settings.REMEMBER_SECONDS = 60
    forget()  # what an earlier test has found
    event = record(ticket, EventKind.STATE)
    with django_assert_num_queries(0):
        tell_webhooks(None, event=event, ticket=ticket)
    assert told() == []

"""Webhooks: signed as the standard says, checked by its own library."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.outbox.choices import DeliveryState, HoldReason
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order
from integrations.outbox.work import attempt_now
from integrations.webhooks import signing
from integrations.webhooks.models import WebhookEndpoint
from integrations.webhooks.publishing import publish, tell
from integrations.webhooks.services import enable, send_test, set_new_secret, signing_keys
from tests.outbox.conftest import mail

pytestmark = pytest.mark.django_db


def event(endpoint, key="k", **data):
    return tell(endpoint, "delivery.failed", {"n": 1, **data}, Order(key=key))


def sent(row):
    attempt_now(row.pk)
    row.refresh_from_db()
    return row


def test_the_receiver_can_verify_it(endpoint, receiver):
    row = sent(event(endpoint, text="Ёж"))
    assert (row.state, row.result) == (DeliveryState.DELIVERED, {"status": 200, "body": "ok"})
    call = receiver.calls[0]
    body = Webhook(endpoint.plain_secret).verify(call.body, call.headers)
    assert body == {"type": "delivery.failed", "timestamp": row.payload["timestamp"], "data": {"n": 1, "text": "Ёж"}}
    assert body["timestamp"].endswith("Z")
    assert (call.headers["webhook-id"], call.headers["content-type"]) == (str(row.pk), "application/json")
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.plain_secret).verify(call.body + b" ", call.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(call.body, call.headers)


def test_a_repetition_has_the_same_id_and_body_and_a_signature_of_its_own_time(endpoint, receiver, clock):
    receiver.silent_ends = 1
    row = event(endpoint)
    assert sent(row).state == DeliveryState.PENDING
    clock.pass_by(hours=1)
    assert sent(row).state == DeliveryState.DELIVERED
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_during_a_rotation_both_secrets_verify(endpoint, receiver, dana, clock):
    old = endpoint.plain_secret
    new = set_new_secret(endpoint, actor=dana)
    sent(event(endpoint, "first"))
    for secret in (old, new):
        # The library looks at the real clock, and so does the signature.
        Webhook(secret).verify(receiver.calls[0].body, receiver.calls[0].headers)
    clock.pass_by(hours=25)
    sent(event(endpoint, "second"))
    Webhook(new).verify(receiver.calls[1].body, receiver.calls[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(receiver.calls[1].body, receiver.calls[1].headers)


def test_secrets_are_sealed_for_their_row(endpoint, dana):
    assert endpoint.plain_secret not in str(vars(WebhookEndpoint.objects.get()))
    other = WebhookEndpoint.objects.create(name="Other", url="https://example.com/")
    WebhookEndpoint.objects.filter(pk=other.pk).update(sealed_secret=endpoint.sealed_secret)
    other.refresh_from_db()
    assert signing_keys(other) == []


def test_only_who_listens_is_told(endpoint, dana):
    deaf = WebhookEndpoint.objects.create(name="Deaf", url="https://example.com/", events=["turn.finished"])
    off = WebhookEndpoint.objects.create(name="Off", url="https://example.com/off", enabled=False)
    named = WebhookEndpoint.objects.create(name="Named", url="https://example.com/n", events=["delivery.failed"])
    rows = publish("delivery.failed", {}, Order(key="k"))
    assert {row.payload["endpoint"] for row in rows} == {str(endpoint.pk), str(named.pk)}
    assert publish("delivery.failed", {}, Order(key="k")) == rows
    assert {deaf.enabled, off.enabled} == {True, False}


@pytest.mark.parametrize(
    ("status", "state"),
    [(201, "delivered"), (204, "delivered"), (301, "failed"), (400, "failed"), (404, "failed"), (422, "failed")]
    + [(408, "pending"), (425, "pending"), (429, "pending"), (500, "pending"), (503, "pending")],
)
def test_statuses(endpoint, receiver, status, state):
    receiver.answer(status, b"" if status == 204 else b"because", location="http://169.254.169.254/")
    row = sent(event(endpoint))
    assert row.state == state
    assert len(receiver.calls) == 1
    if state != "delivered":
        assert f"answered {status}" in row.last_error
        assert row.log.get().code == str(status)


def test_a_busy_receiver_says_when_to_come_back(endpoint, receiver):
    receiver.answer(503, b"", retry_after="120")
    begun = timezone.now()
    row = sent(event(endpoint))
    assert timedelta(seconds=119) < row.next_attempt_at - begun < timedelta(seconds=140)


def test_answers_are_shown_short_and_without_secrets(endpoint, receiver):
    receiver.answer(500, b'\x1b[31m {"token": "abc123", "why": "' + b"x" * 50_000)
    row = sent(event(endpoint))
    assert "abc123" not in row.last_error
    assert len(row.last_error) < 400
    assert "\x1b" not in row.last_error


def test_the_address_with_its_key_is_in_no_error(endpoint, receiver, caplog):
    receiver.silent_ends = 1
    row = sent(event(endpoint))
    assert "top-secret" not in str(vars(row)) + caplog.text


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://127.0.0.1:22/", "ftp://example.com/", "x", ""])
def test_addresses_inside_are_refused_when_they_are_saved(db, url):
    with pytest.raises(ValidationError):
        WebhookEndpoint(name="x", url=url).full_clean()


def test_addresses_inside_are_refused_when_they_are_called(endpoint, receiver, settings):
    settings.INTERNAL_HOSTS = []
    row = sent(event(endpoint))
    assert (row.state, receiver.calls) == (DeliveryState.FAILED, [])


def test_one_that_has_gone_is_switched_off_at_once(endpoint, receiver):
    receiver.answer(410)
    assert sent(event(endpoint)).state == DeliveryState.FAILED
    endpoint.refresh_from_db()
    assert not endpoint.enabled
    assert endpoint.disabled_at is not None


def test_one_that_fails_for_days_is_switched_off_and_its_messages_wait(endpoint, receiver, clock, dana):
    receiver.answer(500)
    sent(event(endpoint, "first"))
    clock.pass_by(days=4)
    sent(event(endpoint, "second"))
    endpoint.refresh_from_db()
    assert endpoint.enabled
    clock.pass_by(days=1, seconds=1)
    sent(event(endpoint, "third"))
    endpoint.refresh_from_db()
    assert not endpoint.enabled
    Delivery.objects.update(next_attempt_at=clock.now, state="pending", finished_at=None)
    row = sent(Delivery.objects.get(idempotency_key__startswith="third"))
    assert (row.state, row.held_for) == (DeliveryState.PENDING, HoldReason.ENDPOINT_OFF)
    assert len(receiver.calls) == 3

    receiver.answers.clear()
    enable(endpoint, actor=dana)
    assert sent(row).state == DeliveryState.DELIVERED
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.disabled_at, endpoint.last_success_at) == (None, None, clock.now)


def test_a_success_in_between_begins_the_days_anew(endpoint, receiver, clock):
    for status in (500, 200, 500):
        receiver.answers.clear()
        receiver.answer(status)
        sent(event(endpoint, str(clock.now)))
        clock.pass_by(days=4)
    endpoint.refresh_from_db()
    assert endpoint.enabled


def test_one_that_was_deleted_ends_its_messages(endpoint):
    row = event(endpoint)
    endpoint.delete()
    assert sent(row).state == DeliveryState.FAILED
    assert row.last_error == "The webhook was deleted."


def test_a_test_event_is_sent_at_once_even_when_it_is_off(endpoint, receiver, dana):
    WebhookEndpoint.objects.update(enabled=False)
    row = send_test(endpoint, actor=dana)
    assert row.state == DeliveryState.DELIVERED
    assert json.loads(receiver.calls[0].body)["type"] == "webhook.test"


def test_a_dead_letter_is_told_but_not_that_of_a_webhook(endpoint, receiver, settings, mailroom):
    mailroom.replies["RCPT"] = ["550 no such user"]
    letter = sent(mail(order={"source": "ticket:7"}))
    told = Delivery.objects.get(kind="webhook")
    assert told.payload["event"] == "delivery.failed"
    assert told.payload["data"]["id"] == str(letter.pk)
    assert told.payload["data"]["source"] == "ticket:7"
    receiver.answer(404)
    assert sent(told).state == DeliveryState.FAILED
    assert Delivery.objects.filter(kind="webhook").count() == 1


def test_nonsense_is_refused(endpoint):
    with pytest.raises(InvalidMessage):
        tell(WebhookEndpoint(name="never saved"), "x", {}, Order(key="k"))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_short", "whsec_!!!", ""])
def test_only_real_secrets_are_keys(secret):
    with pytest.raises(ValueError, match="not"):
        signing.key_bytes(secret)

"""Mail providers deliver by webhook: what proves to be theirs is taken once, everything else is refused."""

import hashlib
import hmac
import time

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from tests.tickets.intake.test_webhook import basic, raw_mail
from tickets.models import InboundMail, Ticket

pytestmark = pytest.mark.django_db

KEY = "mailgun-Signing-Key-of-the-tests"
MAILGUN = "/api/webhook/email/mailgun/"
POSTMARK = "/api/webhook/email/postmark"
POSTED = {
    "From": "anna@client.example",
    "FromFull": {"Email": "anna@client.example", "Name": "Анна"},
    "ToFull": [{"Email": "support@desk.example", "Name": ""}],
    "To": "support@desk.example",
    "OriginalRecipient": "support@desk.example",
    "Subject": "Не работает оплата",
    "MessageID": "73e6d360",
    "Date": "Wed, 13 May 2026 10:00:00 +0000",
    "TextBody": "Здравствуйте!",
    "HtmlBody": "<p>Здравствуйте!</p>",
    "Headers": [{"Name": "Message-ID", "Value": "<m1@client.example>"}, {"Name": "In-Reply-To", "Value": "<m0@x>"}],
    "Attachments": [{"Name": "a.txt", "Content": "aGk=", "ContentType": "text/plain", "ContentLength": 2}],
}


@pytest.fixture(autouse=True)
def providers(settings, secret):
    settings.EMAIL_PROVIDERS = ["mailgun", "postmark"]
    settings.MAILGUN_WEBHOOK_SIGNING_KEY = KEY


def signed(raw: bytes, *, age: float = 0, key: str = KEY) -> dict[str, object]:
    stamp = str(int(time.time() - age))
    signature = hmac.new(key.encode(), f"{stamp}t1".encode(), hashlib.sha256).hexdigest()
    fields = {"timestamp": stamp, "token": "t1", "signature": signature, "recipient": "support@desk.example"}
    parts = [(name, value.encode()) for name, value in fields.items()] + [("body-mime", raw)]
    body = b"".join(
        b'--b0\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in parts
    )
    return {"data": body + b"--b0--\r\n", "content_type": "multipart/form-data; boundary=b0"}


def test_a_signed_mail_is_taken_once_in_its_own_charset(api, mailbox):
    order = signed(raw_mail("koi8-r"))
    assert [api.generic("POST", MAILGUN, **order).status_code for _ in range(2)] == [200, 200]
    row = InboundMail.objects.get()
    assert (row.external_id, row.envelope_to, row.deliveries) == ("mailgun:t1", ["support@desk.example"], 2)
    assert "оплатить" in Ticket.objects.get().messages.get().text


@pytest.mark.parametrize(
    "order",
    [
        signed(raw_mail(), key="another"),
        signed(raw_mail(), age=3_600),
        signed(raw_mail(), age=-3_600),
        {"data": b"--b0--", "content_type": "multipart/form-data; boundary=b0"},
        {"data": b"{}", "content_type": "application/json"},
    ],
    ids=["signature", "old", "future", "no form", "json"],
)
def test_what_is_not_signed_now_is_refused(api, mailbox, order):
    assert api.generic("POST", MAILGUN, **order).status_code in (400, 403, 422)
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"HTTP_AUTHORIZATION": basic("wrong")}, 401), ({"HTTP_AUTHORIZATION": "right"}, 200)],
)
def test_a_provider_that_does_not_sign_shows_the_secret(api, mailbox, secret, headers, status):
    if headers.get("HTTP_AUTHORIZATION") == "right":
        headers = {"HTTP_AUTHORIZATION": basic(secret)}
    assert api.post(POSTMARK, POSTED, format="json", **headers).status_code == status
    assert InboundMail.objects.count() == (status == 200)
    if status == 200:
        message = Ticket.objects.get().messages.get()
        assert (message.subject, message.text, message.message_id) == (
            POSTED["Subject"],
            "Здравствуйте!",
            "<m1@client.example>",
        )
        assert message.attachments.get().name == "a.txt"


@pytest.mark.parametrize("name", ["mailjet", "amazon_ses", "nobody"])
def test_providers_that_are_not_switched_on_are_not_there(api, mailbox, secret, name):
    reply = api.post(f"/api/webhook/email/{name}/", POSTED, format="json", HTTP_AUTHORIZATION=basic(secret))
    assert reply.status_code == 404


def test_mails_that_are_too_big_and_bodies_that_are_none_are_refused(api, mailbox, secret, settings):
    settings.EMAIL_WEBHOOK_MAX_BYTES = 1_000
    headers = {"HTTP_AUTHORIZATION": basic(secret), "content_type": "application/json"}
    assert api.generic("POST", POSTMARK, b" " * 1_001, **headers).status_code == 413
    for body in (b"{", b"[]"):
        assert api.generic("POST", POSTMARK, body, **headers).status_code == 422
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize(
    ("names", "words"),
    [(["mailgun"], "MAILGUN_WEBHOOK_SIGNING_KEY"), (["mailgum"], "mailgum"), (["postmark"], "SECRET")],
)
def test_a_provider_without_its_key_keeps_the_product_from_starting(names, words):
    with override_settings(EMAIL_PROVIDERS=names, MAILGUN_WEBHOOK_SIGNING_KEY="", EMAIL_WEBHOOK_SECRET=""):
        found = [message for message in run_checks() if message.id == "tickets.E001"]
    assert len(found) == 1 and words in found[0].msg

"""POST /api/webhook/email: every form of a mail, who may post it, and what is wrong with bad ones."""

import base64
import json
import threading
from email.message import EmailMessage

import pytest
from django.db import connection
from django.utils import timezone

from accounts.services.keys import create_api_key
from tests.tickets.intake.conftest import SECRET
from tickets.choices import Decision, InboundState, MessageKind, TriageState
from tickets.models import Attachment, InboundMail, RawMail, Ticket, TicketMessage, Triage

pytestmark = pytest.mark.django_db

URL = "/api/webhook/email"
MAIL = {
    "from": "Анна Петрова <anna@client.example>",
    "to": "support@desk.example",
    "subject": "Не работает оплата",
    "text": "Здравствуйте! Не могу оплатить заказ 12.",
    "message_id": "<m1@client.example>",
    "date": "2026-05-13T10:00:00Z",
}


def raw_mail(charset: str = "koi8-r") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = MAIL["from"], MAIL["to"], MAIL["subject"]
    message["Message-ID"], message["Date"] = MAIL["message_id"], "Wed, 13 May 2026 10:00:00 +0000"
    message.set_content(MAIL["text"], charset=charset, cte="8bit")
    return bytes(message)


def form(**fields: bytes) -> dict[str, object]:
    """Bytes as they are: the test client would encode them anew."""
    parts = b"".join(
        b'--b0\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.replace("_", "-").encode(), value)
        for name, value in fields.items()
    )
    return {"data": parts + b"--b0--\r\n", "content_type": "multipart/form-data; boundary=b0"}


FORMS = {
    "json": lambda: {"data": json.dumps(MAIL), "content_type": "application/json"},
    "synonyms": lambda: {
        "data": json.dumps(
            {
                "sender": {"email": "anna@client.example", "name": "Анна Петрова"},
                "recipient": [MAIL["to"]],
                "subject": MAIL["subject"],
                "body_plain": MAIL["text"],
                "Message-Id": "m1@client.example",
                "timestamp": 1778666400,
            }
        ),
        "content_type": "application/json; charset=utf-8",
    },
    "raw": lambda: {"data": raw_mail(), "content_type": "message/rfc822"},
    "form with the raw mail": lambda: form(email=raw_mail()),
    "form of a provider": lambda: form(body_mime=raw_mail("windows-1251"), recipient=b"support@desk.example"),
    "form with fields": lambda: form(**{name: value.encode() for name, value in MAIL.items()}),
    "encoded form": lambda: {
        "data": "from=anna%40client.example&subject=%D0%9D%D0%B5+%D1%80%D0%B0%D0%B1%D0%BE%D1%82%D0%B0%D0%B5%D1%82"
        "+%D0%BE%D0%BF%D0%BB%D0%B0%D1%82%D0%B0&body=%D0%97%D0%B4%D1%80%D0%B0%D0%B2%D1%81%D1%82%D0%B2%D1%83%D0%B9",
        "content_type": "application/x-www-form-urlencoded",
    },
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_form_of_a_mail_becomes_a_ticket(api, mailbox, name, slash):
    reply = api.generic("POST", URL + slash, **FORMS[name]())
    assert reply.status_code == 202, reply.content
    answer = reply.json()
    ticket = Ticket.objects.get()
    message = ticket.messages.get()
    assert (answer["ticket_id"], answer["message_id"], answer["status"]) == (
        str(ticket.uuid),
        str(message.uuid),
        "ticket",
    )
    assert (ticket.subject, message.sender_address) == (MAIL["subject"], "anna@client.example")
    assert message.new_text.startswith("Здравствуй")
    assert RawMail.objects.count() == Triage.objects.filter(message=message).count() == 1


def test_the_same_mail_by_another_way_is_answered_like_the_first_time(api, mailbox):
    replies = [api.generic("POST", URL, **FORMS[name]()).json() for name in ("raw", "form with the raw mail", "raw")]
    assert replies[0] == replies[1] == replies[2]
    assert (Ticket.objects.count(), InboundMail.objects.get().deliveries) == (1, 3)


def test_files_and_pictures_are_kept(api, mailbox):
    files = [
        {
            "filename": "Счёт.pdf",
            "content_type": "application/pdf",
            "content_base64": base64.b64encode(b"%PDF").decode(),
        },
        {"filename": "a.png", "content_type": "image/png", "content_base64": "iVBORw==", "content_id": "pic1"},
    ]
    body = MAIL | {"html": '<p>Смотрите <img src="cid:pic1"></p>', "attachments": files}
    assert api.post(URL, body, format="json").status_code == 202
    kept = {row.name: row for row in Attachment.objects.all()}
    assert (kept["Счёт.pdf"].size, kept["Счёт.pdf"].content_type) == (4, "application/pdf")
    assert (kept["a.png"].inline, kept["a.png"].content_id) == (True, "pic1")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": None}, "from"),
        ({"from": "nobody"}, "from"),
        ({"from": "a@b.cd, c@d.ef"}, "from"),
        ({"from": {"name": "x"}}, "from"),
        ({"from": 5}, "from"),
        ({"subject": None}, "subject"),
        ({"subject": "x" * 999}, "subject"),
        ({"subject": ["x"]}, "subject"),
        ({"to": "here"}, "to"),
        ({"to": [1]}, "to"),
        ({"text": {"a": 1}}, "text"),
        ({"date": "soon"}, "date"),
        ({"date": 1e300}, "date"),
        ({"references": [1]}, "references"),
        ({"attachments": {}}, "attachments"),
        ({"attachments": ["x"]}, "attachments.0"),
        ({"attachments": [{"filename": "a"}]}, "attachments.0.content_base64"),
        ({"attachments": [{"filename": "a", "content_base64": "?"}]}, "attachments.0.content_base64"),
        ({"attachments": [{"filename": 1, "content_base64": ""}]}, "attachments.0.filename"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(api, mailbox, change, field):
    reply = api.post(URL, MAIL | change, format="json")
    assert reply.status_code == 422, reply.content
    assert reply.json()["errors"][0]["loc"] == ["body", *field.split(".")]
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"", "message/rfc822", 422),
        (b"x", "text/csv", 415),
        (b"x", "multipart/form-data; boundary=b", 400),
        (b"x=1&" * 2_000, "application/x-www-form-urlencoded", 400),
        (b" " * 2_000_001, "message/rfc822", 413),
    ],
)
def test_bodies_that_are_no_mail_are_refused(api, mailbox, settings, body, kind, status):
    settings.EMAIL_WEBHOOK_MAX_BYTES = 2_000_000
    assert api.generic("POST", URL, body, content_type=kind).status_code == status
    assert not InboundMail.objects.exists()


def test_header_values_cannot_smuggle_headers(api, mailbox):
    hostile = {"subject": "x\r\nAuto-Submitted: auto-replied\r\n\r\nbody", "to": 'a@b.cd, "x\r\nBcc: y" <c@d.ef>'}
    assert api.post(URL, MAIL | hostile, format="json").json()["status"] == "ticket"


def test_a_mail_of_a_machine_is_in_the_list_of_automatic_mail(api, mailbox):
    reply = api.post(URL, MAIL | {"headers": {"Auto-Submitted": "auto-replied"}}, format="json")
    assert (reply.status_code, reply.json()["status"], reply.json()["reason"]) == (202, "ignored", "auto_reply")
    assert reply.json()["ticket_id"] is None


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"any:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"HTTP_AUTHORIZATION": f"Bearer {SECRET}"}, 202),
        ({"HTTP_X_WEBHOOK_SECRET": SECRET}, 202),
        ({"HTTP_AUTHORIZATION": basic(SECRET)}, 202),
        ({"HTTP_AUTHORIZATION": "Bearer wrong"}, 401),
        ({"HTTP_AUTHORIZATION": basic("wrong")}, 401),
        ({"HTTP_AUTHORIZATION": "Basic ?"}, 401),
        ({"HTTP_X_WEBHOOK_SECRET": "wrong"}, 401),
        ({"HTTP_X_WEBHOOK_SECRET": ""}, 401),
    ],
)
def test_the_secret_opens_the_door(api, mailbox, secret, headers, status):
    assert api.post(URL, MAIL, format="json", **headers).status_code == status
    assert InboundMail.objects.count() == (status == 202)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"REMOTE_ADDR": "10.0.0.8"}, 403),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"HTTP_ORIGIN": "https://elsewhere.example"}, 403),
        ({"HTTP_AUTHORIZATION": "Bearer anything"}, 401),
    ],
)
def test_without_a_secret_only_this_machine_may_post(api, mailbox, headers, status):
    reply = api.post(URL, MAIL, format="json", **headers)
    assert reply.status_code == status
    assert status != 403 or "EMAIL_WEBHOOK_SECRET" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("staff", "scopes", "status"),
    [(True, ["tickets:write"], 202), (True, ["tickets:read"], 403), (False, ["tickets:write"], 403)],
)
def test_keys_of_staff_with_the_scope_may_post(api, mailbox, secret, charlie, staff, scopes, status):
    charlie.is_staff = staff
    charlie.save()
    raw = create_api_key(charlie, name="mail", scopes=scopes)[0]
    assert api.post(URL, MAIL, format="json", HTTP_X_API_KEY=raw).status_code == status


@pytest.mark.django_db(transaction=True)
def test_a_caller_who_waits_gets_the_decision(api, mailbox):
    def decide() -> None:
        try:
            while not (row := Triage.objects.filter(state=TriageState.PENDING).first()):
                pass
            row.state, row.decision, row.finished_at = TriageState.DONE, Decision.FULL_ANSWER, timezone.now()
            row.full_name, row.issue_summary, row.draft_reply = "Анна Петрова", "Оплата", "Попробуйте ещё раз."
            row.save()
        finally:
            connection.close()

    worker = threading.Thread(target=decide)
    worker.start()
    reply = api.post(f"{URL}?wait=true", MAIL, format="json")
    worker.join()
    assert reply.status_code == 200
    answer = reply.json()
    assert {name: answer[name] for name in ("full_name", "issue_summary", "decision", "draft_reply")} == {
        "full_name": "Анна Петрова",
        "issue_summary": "Оплата",
        "decision": "full_answer",
        "draft_reply": "Попробуйте ещё раз.",
    }
    assert answer["ticket_id"] == str(Ticket.objects.get().uuid)


def test_nobody_waits_for_what_is_not_decided_on(api, mailbox):
    body = MAIL | {"headers": {"List-Id": "<news.example>"}}
    assert api.post(f"{URL}?wait=true", body, format="json").status_code == 202
    assert InboundMail.objects.get().state == InboundState.IGNORED
    assert not TicketMessage.objects.filter(kind=MessageKind.CUSTOMER).exists()

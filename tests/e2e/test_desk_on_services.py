"""The whole way on separate processes: submitted by SMTP, read by IMAP, decided on, and answered by SMTP."""

from email.message import EmailMessage

import httpx
import pytest
from django.conf import settings

from tests.e2e.mail_server import PASSWORD, USER, submission
from tests.e2e.telegram_emulator import TOKEN, emulator
from tests.e2e.test_operators_in_telegram import GROUP, OLGA, code_of_olga, shown
from tests.outbox.peers import mail_server

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(settings.EMBEDDED, reason="the embedded run has no service mode: REDIS_URL names it"),
]

READ_MAILBOX = """
from integrations.sealing import seal_into
from tickets.services.mailboxes import default_mailbox
box = default_mailbox()
box.imap_host, box.imap_port, box.imap_tls, box.imap_user = "127.0.0.1", {port}, False, "{user}"
seal_into(box, "sealed_imap_password", "{password}")
box.save()
"""


def letter(number: int, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ivan Petrov <ivan@example.org>", USER
    mail["Subject"], mail["Message-ID"] = "Nothing works", f"<{number}@example.org>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def to_ivan(mailroom):
    return [one.message for one in mailroom.letters if one.recipients == ["ivan@example.org"]]


def test_a_mail_submitted_by_smtp_is_answered_in_its_thread_and_by_a_person(services):
    with submission() as server, mail_server() as (mailroom, port), emulator() as api:
        services.environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "DEFAULT_FROM_EMAIL": USER,
            "TELEGRAM_API_URL": api.url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_CHAT_ID": str(GROUP),
            "IMAP_POLL_SECONDS": "5",
            "LOCAL_LLM_URL": "",
        }
        services.start_all()
        more = READ_MAILBOX.format(port=server.imap, user=USER, password=PASSWORD)
        code = code_of_olga(services.environment, more)
        api.write(OLGA, {"id": OLGA, "type": "private"}, f"/start {code}")
        services.until(lambda: api.said("You are olga."), seconds=60)

        # A thin mail is asked for details by the desk itself.
        server.submit(letter(1, "It does not work."))
        (question,) = services.until(lambda: to_ivan(mailroom), seconds=90)
        assert (question["In-Reply-To"], question["Auto-Submitted"]) == ("<1@example.org>", "auto-replied")
        assert question["Subject"].startswith("Re: Nothing works [")

        # The customer answers that, and wishes for a person.
        references = f"<1@example.org> {question['Message-ID']}"
        wish = letter(2, "I want to talk to a human being.", In_Reply_To=question["Message-ID"], References=references)
        server.submit(wish)
        card = services.until(lambda: shown(api, "nobody has taken it"), seconds=90)
        api.press(OLGA, card, "Take")
        services.until(lambda: shown(api, "with <a href", "olga"), seconds=60)
        group = {"id": GROUP, "type": "supergroup"}
        asked = {"message_id": card["message_id"], "chat": group, "from": {"id": 123456, "is_bot": True}}
        api.write(OLGA, group, "A human being is here: Olga.", reply_to_message=asked)
        services.until(lambda: len(to_ivan(mailroom)) == 2, seconds=60)

        answer = to_ivan(mailroom)[1]
        assert answer["In-Reply-To"] == "<2@example.org>"
        assert all(name in answer["References"] for name in ("<1@example.org>", "<2@example.org>"))
        assert "Olga" in answer.get_body(("plain",)).get_content()
        assert answer["Auto-Submitted"] in (None, "no")

        # The same mail by the webhook of another program is known.
        again = {"from": "ivan@example.org", "to": USER, "subject": "Nothing works", "message_id": "<1@example.org>"}
        taken = httpx.post(f"{services.url}/api/webhook/email", json={**again, "text": "It does not work."}, timeout=30)
        assert (taken.status_code, taken.json()["ticket_number"]) == (202, 1)
        services.until(lambda: shown(api, "✅"), seconds=60)
        assert len(to_ivan(mailroom)) == 2

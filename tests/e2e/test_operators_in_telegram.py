"""The whole way on real parts: a mail comes in, people are told in Telegram, one answers, the customer gets it."""

import subprocess
import sys

import httpx
import pytest

from tests.e2e.conftest import ROOT
from tests.e2e.telegram_emulator import TOKEN, Emulator, emulator
from tests.outbox.peers import mail_server

pytestmark = pytest.mark.e2e

GROUP, OLGA = -100200, 501
MAKE_OPERATOR = """
from accounts.choices import Role
from accounts.models import User
from tickets.telegram.operators import new_code
from tickets.models import OperatorChat
user = User.objects.create_user("olga", email="olga@example.com", role=Role.ADMIN, is_staff=True, is_superuser=True)
OperatorChat.objects.create(name="Desk", chat_id="-100200", language="en")
print("CODE", new_code(user))
"""
MAIL = {
    "from": "Ivan Petrov <ivan@example.org>",
    "to": "support@example.com",
    "subject": "Nothing works",
    "text": "I want to talk to a human being, please.",
    "message_id": "<first@example.org>",
}


def code_of_olga(environment, more: str = "") -> str:
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", MAKE_OPERATOR + more]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120, capture_output=True)
    return done.stdout.decode().partition("CODE ")[2].strip()


def shown(api: Emulator, *words: str):
    """The card, once it says all of that."""
    message = next((one for one in api.history() if "reply_markup" in one and "Nothing works" in one["text"]), None)
    return message if message and all(word in message["text"] for word in words) else None


def test_an_operator_takes_a_ticket_in_telegram_and_his_answer_reaches_the_customer(product):
    with mail_server() as (mailroom, port), emulator() as api:
        product.environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "DEFAULT_FROM_EMAIL": "support@example.com",
            "TELEGRAM_API_URL": api.url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_CHAT_ID": str(GROUP),
            # Who asks for a person gets one without any model.
            "LOCAL_LLM_URL": "",
        }
        product.start()
        private = {"id": OLGA, "type": "private"}
        api.write(OLGA, private, f"/start {code_of_olga(product.environment)}")
        product.until(lambda: api.said("You are olga."), seconds=60)

        answer = httpx.post(f"{product.url}/api/webhook/email", json=MAIL, timeout=30)
        assert answer.status_code == 202, answer.text
        card = product.until(lambda: shown(api, "nobody has taken it"), seconds=60)
        assert "Ivan Petrov · ivan@example.org" in card["text"]

        api.press(OLGA, card, "Take")
        product.until(lambda: shown(api, "with <a href", "olga"), seconds=60)

        group = {"id": GROUP, "type": "supergroup"}
        asked = {"message_id": card["message_id"], "chat": group, "from": {"id": 123456, "is_bot": True}}
        api.write(OLGA, group, "A human being is here: Olga.", reply_to_message=asked)
        (letter,) = product.until(lambda: [one for one in mailroom.letters if "Olga" in str(one.message)], seconds=60)
        product.until(lambda: shown(api, "✅", "<b>Answered</b>"), seconds=60)
        product.until(lambda: api.said("On its way to ivan@example.org."), seconds=60)

        mail = letter.message
        assert letter.recipients == ["ivan@example.org"]
        assert mail["In-Reply-To"] == "<first@example.org>"
        assert "<first@example.org>" in mail["References"]
        assert mail["Subject"].startswith("Re: Nothing works")
        assert "A human being is here: Olga." in mail.get_body(("plain",)).get_content()
        assert len([one for one in mailroom.letters if "Olga" in str(one.message)]) == 1

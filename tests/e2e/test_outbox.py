"""Real workers killed in the middle of sending: nothing is lost, and nothing comes twice that nobody can tell apart."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from django.conf import settings

from integrations.outbox.choices import DeliveryKind
from integrations.outbox.runner import THREADS
from tests.e2e.conftest import ROOT
from tests.outbox.peers import Mailroom, Script, http_server, mail_server

pytestmark = pytest.mark.e2e

ENQUEUE = """
from integrations.mail.message import Mail
from integrations.mail.services import send_mail
from integrations.outbox.services import Order
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import send_message
for number in range({mails}):
    send_mail(Mail(to=["alice@example.com"], subject=f"Letter {{number}}", text="x"), Order(key=f"mail-{{number}}"))
for number in range({chats}):
    send_message(TelegramMessage(chat_id=42, text=f"Line {{number}}"), Order(key=f"chat-{{number}}"))
"""
ROWS = "SELECT kind, state, attempts FROM integrations_delivery ORDER BY id"


@contextmanager
def peers() -> Iterator[tuple[Mailroom, Script, dict[str, str]]]:
    with mail_server() as (mailroom, port), http_server() as telegram:
        telegram.answer(200, {"ok": True, "result": {"message_id": 7, "chat": {"id": 42}}})
        yield (
            mailroom,
            telegram,
            {
                "EMAIL_URL": f"smtp://127.0.0.1:{port}",
                "DEFAULT_FROM_EMAIL": "desk@example.com",
                "TELEGRAM_API_URL": telegram.url,
                "TELEGRAM_BOT_TOKEN": "1:AAtests-only-token",
            },
        )


def enqueue(environment, *, mails=0, chats=0):
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", ENQUEUE.format(mails=mails, chats=chats)],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=120,
    )


def in_sqlite(product):
    with sqlite3.connect(product.folder / "data" / "switchboard.sqlite3", timeout=30) as database:
        return database.execute(ROWS).fetchall()


def in_postgres(made):
    with psycopg.connect(**made.database) as link:
        return link.execute(ROWS).fetchall()


def lapse(made):
    """The dead worker's claims run out: a minute that nobody has to wait for."""
    with psycopg.connect(**made.database) as link:
        link.execute("UPDATE integrations_delivery SET lease_until = now() WHERE state = 'sending'")


def states(rows):
    return {state for _kind, state, _attempts in rows}


def ids(mailroom):
    return [letter.message["Message-ID"] for letter in mailroom.letters]


def test_one_process_is_killed_while_the_other_side_is_thinking(product):
    with peers() as (mailroom, telegram, named):
        product.environment |= named
        mailroom.may_answer.clear()
        telegram.may_answer.clear()
        product.start()
        enqueue(product.environment, mails=1, chats=2)
        assert mailroom.arrived.wait(60)
        assert telegram.arrived.wait(60)
        product.kill()
        mailroom.may_answer.set()
        telegram.may_answer.set()

        product.start()
        product.until(lambda: states(in_sqlite(product)) == {"delivered", "uncertain"}, seconds=60)
        rows = in_sqlite(product)
        assert [row[:2] for row in rows] == [
            ("mail", "delivered"),
            ("telegram", "uncertain"),
            ("telegram", "delivered"),
        ]
        # The mail came twice under one Message-ID; of the chat's lines none did.
        assert len(ids(mailroom)) == 2
        assert len(set(ids(mailroom))) == 1
        assert [call.json["text"] for call in telegram.calls] == ["Line 0", "Line 1"]
        ready = httpx.get(f"{product.url}/health/ready", timeout=10).json()
        assert ready["parts"]["outbox"]["ok"]


def test_without_a_mail_server_one_process_says_so_and_sends_when_there_is_one(product):
    product.start()
    enqueue(product.environment, mails=1)

    def degraded():
        return httpx.get(f"{product.url}/health/ready", timeout=10).json()["degraded"] == ["outbox"]

    product.until(degraded, seconds=60)
    product.stop()
    with peers() as (mailroom, _telegram, named):
        product.environment |= named
        product.start()
        product.until(lambda: states(in_sqlite(product)) == {"delivered"}, seconds=90)
        assert len(mailroom.letters) == 1


@pytest.mark.skipif(settings.EMBEDDED, reason="the embedded run has no service mode: REDIS_URL names it")
def test_a_celery_worker_is_killed_in_the_middle_and_another_one_goes_on(services):
    # A database of its own: another test's workers must not take these tasks.
    services.environment["REDIS_URL"] = services.environment["REDIS_URL"].rsplit("/", 1)[0] + "/9"
    with peers() as (mailroom, telegram, named):
        services.environment |= named
        mailroom.may_answer.clear()
        telegram.may_answer.clear()
        services.start_all()
        enqueue(services.environment, mails=6, chats=2)
        assert mailroom.arrived.wait(60)
        assert telegram.arrived.wait(60)
        services.kill("worker")
        mailroom.may_answer.set()
        telegram.may_answer.set()
        services.start_worker("worker2", "default,outbox")
        services.start_worker("worker3", "default,outbox")
        lapse(services)

        ended = {"delivered", "uncertain"}
        services.until(lambda: states(in_postgres(services)) == ended, seconds=150)
        chats = [row[1] for row in in_postgres(services) if row[0] == "telegram"]
        assert chats == ["uncertain", "delivered"]
        assert [call.json["text"] for call in telegram.calls] == ["Line 0", "Line 1"]
        # Only what was in the dead worker's hands came again, under its own id.
        assert len(set(ids(mailroom))) == 6
        assert 6 < len(ids(mailroom)) <= 6 + THREADS[DeliveryKind.MAIL]

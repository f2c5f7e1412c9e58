from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from integrations.mail.message import Mail
from integrations.mail.services import send_mail
from integrations.outbox import tasks
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import send_message
from integrations.webhooks.models import WebhookEndpoint
from integrations.webhooks.services import set_new_secret
from tests.outbox.peers import Mailroom, Script, http_server, mail_server

TOKEN = "123456:AAtests-only-token-that-is-not-real"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Wake-up calls are counted; what they would do, tests do themselves."""
    calls: list[bool] = []
    monkeypatch.setattr(tasks.send_due, "delay", lambda: calls.append(True))
    return calls


class Clock:
    """The time of the product, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2026-03-01T12:00:00+00:00")

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(timezone, "now", found)
    return found


@pytest.fixture
def mailroom(settings: Any) -> Iterator[Mailroom]:
    """A mail server, named in the settings."""
    with mail_server() as (room, port):
        use_mail_server(settings, port)
        yield room


def use_mail_server(settings: Any, port: int, **options: Any) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "integrations.mail.backend.OutboxBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 10, **options},
        }
    }
    settings.DEFAULT_FROM_EMAIL = "Support <support@example.com>"


@pytest.fixture
def telegram(settings: Any) -> Iterator[Script]:
    """A Bot API server; it accepts every message unless told otherwise."""
    with http_server() as script:
        script.answer(200, {"ok": True, "result": {"message_id": 7, "chat": {"id": 42}}})
        settings.TELEGRAM_API_URL = script.url
        settings.TELEGRAM_BOT_TOKEN = TOKEN
        yield script


@pytest.fixture
def receiver(settings: Any) -> Iterator[Script]:
    """A server that takes webhooks; the owner has opened the way to it."""
    with http_server() as script:
        settings.INTERNAL_HOSTS = [script.url.removeprefix("http://")]
        yield script


@pytest.fixture
def endpoint(db: None, receiver: Script, dana: User) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.create(name="CRM", url=f"{receiver.url}/hooks?key=top-secret")
    row.plain_secret = set_new_secret(row, actor=dana)
    row.refresh_from_db(fields=["sealed_secret", "sealed_former_secret", "former_secret_until"])
    return row


def mail(key: str = "", order: dict[str, Any] | None = None, **fields: Any) -> Delivery:
    """An enqueued mail to alice."""
    values = {"to": ["alice@example.com"], "subject": "Hello", "text": "How are you?", **fields}
    return send_mail(Mail(**values), Order(key=key or uuid4().hex, **(order or {})))


def chat(text: str = "Hello", key: str = "", chat_id: int = 42, **fields: Any) -> Delivery:
    """An enqueued Telegram message, the last part of it."""
    return send_message(TelegramMessage(chat_id=chat_id, text=text, **fields), Order(key=key or uuid4().hex))[-1]

"""A desk with one mailbox, one document, and customers' mails; a scripted model where a test wants one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.models import AIModel, AIProvider
from tests.knowledge.conftest import publish
from tests.model_server import ModelServer, model_server
from tickets.choices import AutopilotLevel, MessageKind
from tickets.models import Customer, CustomerAddress, Mailbox, Ticket, TicketMessage, Triage
from tickets.triage import queue, work

ROUTER = """# Router

## Reset the router

Hold the reset button for 15 seconds until the light blinks green. Then wait two minutes and log in again.

## Return a router

Routers can be returned within 14 days, see https://example.com/returns for the form.
"""
ROUTER_RU = """# Роутер

## Сброс роутера

Удерживайте кнопку сброса 15 секунд, пока индикатор не замигает зелёным. Затем подождите две минуты и войдите снова.

## Возврат роутера

Роутер можно вернуть в течение 14 дней, форма на странице https://example.com/returns.
"""

Write = Callable[..., Triage]


@pytest.fixture(autouse=True)
def quiet(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words alone are searched, and nobody is woken: tests carry decisions through themselves."""
    settings.KNOWLEDGE_ENCODER = ""
    settings.PUBLIC_URL = "https://desk.example.com"
    monkeypatch.setattr(queue, "wake_soon", lambda: None)


@pytest.fixture
def mailbox(db: None) -> Mailbox:
    box: Mailbox = Mailbox.objects.create(
        name="Support", address="support@example.com", is_default=True, autopilot=AutopilotLevel.FULL, threshold=0.5
    )
    return box


@pytest.fixture
def library(db: None) -> None:
    publish("router", title="Router", language="en", body=ROUTER)
    publish("router-ru", title="Роутер", language="ru", body=ROUTER_RU)


@pytest.fixture
def write(mailbox: Mailbox) -> Write:
    """A customer's mail, waiting for a decision."""

    def wrote(text: str, *, subject: str = "Question", ticket: Ticket | None = None, **values: Any) -> Triage:
        if ticket is None:
            customer = Customer.objects.create(name="Ann Lee")
            CustomerAddress.objects.create(customer=customer, address=f"ann{customer.pk}@example.org")
            ticket = Ticket.objects.create(mailbox=mailbox, customer=customer, subject=subject, message_count=1)
        fields = {
            "sender_name": "Ann Lee",
            "sender_address": f"ann{ticket.customer_id}@example.org",
            "to": ["support@example.com"],
            "subject": subject,
            "message_id": f"<{TicketMessage.objects.count()}@example.org>",
        }
        message = TicketMessage.objects.create(
            ticket=ticket, kind=MessageKind.CUSTOMER, text=text, new_text=text, **(fields | values)
        )
        return queue.enqueue(message)

    return wrote


@pytest.fixture
def decided(write: Write) -> Write:
    """A customer's mail, decided on."""

    def decide(text: str, **values: Any) -> Triage:
        row = write(text, **values)
        carry_through()
        row.refresh_from_db()
        return row

    return decide


def carry_through() -> None:
    while work.run_next():
        pass


@pytest.fixture
def model(db: None) -> Iterator[ModelServer]:
    """A model that says what a test has put into `says`."""
    with model_server() as server:
        provider = AIProvider.objects.create(key="test", name="Test server", kind="openai", base_url=server.url)
        AIModel.objects.create(key="scripted", provider=provider, name="scripted", title="Scripted", priority=1)
        yield server


def reply(**values: Any) -> dict[str, Any]:
    """What a model that decides well says."""
    return {
        "full_name": "Ann Lee",
        "issue_summary": "Wants to reset the router.",
        "decision": "full_answer",
        "draft_reply": "Hello Ann,\n\nhold the reset button for 15 seconds until the light blinks green.",
        "reason": "The first passage says it.",
        "evidence": [1],
        "confidence": 0.9,
    } | values

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from integrations.models import Delivery
from integrations.outbox import tasks as outbox_tasks
from integrations.outbox.work import attempt_now
from tests.conftest import make_user
from tests.tickets.telegram.botapi import TOKEN, BotApi, bot_api
from tickets.choices import AnswerKind, MessageKind, TicketState
from tickets.escalation import escalate
from tickets.models import Customer, Draft, Mailbox, Operator, OperatorChat, Ticket, TicketCard, TicketMessage
from tickets.telegram import cards, posts, tasks, updates

CHAT = "-100200"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Wake-up calls are noted; what they would do, tests do themselves."""
    calls: list[str] = []
    monkeypatch.setattr(outbox_tasks.send_due, "delay", lambda: calls.append("outbox"))
    monkeypatch.setattr(tasks.show_cards, "delay", lambda: calls.append("cards"))
    monkeypatch.setattr(tasks.handle_updates, "delay", lambda: calls.append("updates"))
    return calls


@pytest.fixture
def mailbox(db: None) -> Mailbox:
    row: Mailbox = Mailbox.objects.create(name="Support", address="support@example.com", is_default=True)
    return row


@pytest.fixture
def chat(mailbox: Mailbox) -> OperatorChat:
    return OperatorChat.objects.create(name="Desk", chat_id=CHAT, language="en")


def make_ticket(mailbox: Mailbox, subject: str = "The printer is on fire", **fields: Any) -> Ticket:
    """A ticket of Ivan with one mail."""
    customer = Customer.objects.create(name="Ivan <Petrov>")
    ticket: Ticket = Ticket.objects.create(
        mailbox=mailbox, customer=customer, subject=subject, state=TicketState.NEW, message_count=1, **fields
    )
    write(ticket, "Smoke & <b>flames</b>")
    return ticket


def write(ticket: Ticket, text: str, kind: str = MessageKind.CUSTOMER) -> TicketMessage:
    message: TicketMessage = TicketMessage.objects.create(
        ticket=ticket,
        kind=kind,
        sender_name="Ivan",
        sender_address="ivan@example.org",
        subject=ticket.subject,
        text=text,
        new_text=text,
    )
    return message


@pytest.fixture
def ticket(mailbox: Mailbox) -> Ticket:
    return make_ticket(mailbox)


@pytest.fixture
def draft(ticket: Ticket) -> Draft:
    message = ticket.messages.get()
    ticket.has_draft = True
    ticket.save()
    return Draft.objects.create(ticket=ticket, message=message, kind=AnswerKind.ANSWER, text="Use <water> & sand.")


def make_operator(user: User, telegram_id: int, *rights: str) -> Operator:
    """A member of staff with these rights of the desk, known in Telegram."""
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="tickets", codename__in=rights))
    return Operator.objects.create(user=user, telegram_id=telegram_id, telegram_name=user.username)


RIGHTS = ("view_ticket", "change_ticket", "answer_ticket")


@pytest.fixture
def olga(db: None) -> Operator:
    return make_operator(make_user("olga"), 501, *RIGHTS)


@pytest.fixture
def pavel(db: None) -> Operator:
    return make_operator(make_user("pavel"), 502, *RIGHTS)


def deliver() -> None:
    """What workers would do until nothing is left to do."""
    while True:
        cards.refresh_all()
        posts.send_due()
        sent = [attempt_now(key) for key in waiting()]
        if not any(sent):
            return


def waiting() -> list[Any]:
    return list(Delivery.objects.filter(state="pending", kind="telegram").order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def api(settings: Any) -> Iterator[BotApi]:
    with bot_api() as server:
        settings.TELEGRAM_API_URL = server.url
        settings.TELEGRAM_BOT_TOKEN = TOKEN
        yield server


class Desk:
    """The chat as its members use it: they press and write, and workers deal with it."""

    def __init__(self, api: BotApi) -> None:
        self.api = api

    def person(self, number: int) -> dict[str, Any]:
        return {"id": number, "is_bot": False, "first_name": f"P{number}", "language_code": "en"}

    def press(self, number: int, text: str, message: dict[str, Any] | None = None) -> str:
        """The notice that the person sees."""
        update = self.pressed(number, text, message)
        self.work(update)
        return str(self.api.made("answerCallbackQuery")[-1]["text"])

    def pressed(self, number: int, text: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
        shown = message or next(iter(self.api.messages.values()))
        buttons = [button for row in shown["reply_markup"]["inline_keyboard"] for button in row]
        data = next((button["callback_data"] for button in buttons if button["text"] == text), text)
        query = {"id": f"q{number}", "from": self.person(number), "message": shown, "data": data}
        return self.api.feed(callback_query=query)

    def reply(self, number: int, text: str, to: dict[str, Any] | None = None, **more: Any) -> None:
        self.work(self.replied(number, text, to, **more))

    def replied(self, number: int, text: str, to: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        shown = to or next(iter(self.api.messages.values()))
        self.api.next_id += 1
        message = {"message_id": self.api.next_id, "from": self.person(number), "chat": shown["chat"]}
        return self.api.feed(message={**message, "text": text, "reply_to_message": shown, **more})

    def tell(self, number: int, text: str) -> None:
        """In private."""
        self.api.next_id += 1
        chat = {"id": number, "type": "private"}
        message = {"message_id": self.api.next_id, "from": self.person(number), "chat": chat, "text": text}
        self.work(self.api.feed(message=message))

    def work(self, *received: dict[str, Any]) -> None:
        updates.store("env", received)
        updates.handle_due()
        deliver()

    def last(self) -> dict[str, Any]:
        return list(self.api.messages.values())[-1]


@pytest.fixture
def desk(api: BotApi, chat: OperatorChat) -> Desk:
    return Desk(api)


@pytest.fixture
def card(desk: Desk, ticket: Ticket) -> TicketCard:
    escalate(ticket=ticket, reason="He is angry")
    deliver()
    return TicketCard.objects.get()


@pytest.fixture
def card_with_draft(draft: Draft, card: TicketCard) -> TicketCard:
    return card

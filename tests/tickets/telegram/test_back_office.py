"""Chats and operators in the back office, and what the landing page and health say."""

import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from config import health
from tests.conftest import make_user
from tests.tickets.telegram.conftest import RIGHTS, make_operator
from tickets.escalation import escalate
from tickets.models import Operator, OperatorChat, TelegramBotState, TicketCard
from tickets.telegram import operators

pytestmark = pytest.mark.django_db
CHATS, PEOPLE = "/admin/tickets/operatorchat/", "/admin/tickets/operator/"


@pytest.fixture
def staff(client: Client, dana) -> Client:
    client.force_login(dana)
    return client


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def notices(client):
    return [
        notice.text for notice in client.get("/admin/").context["landing"]["notices"] if "operatorchat" in notice.url
    ]


def test_a_code_is_shown_once_and_links(staff):
    user = make_operator(make_user("rita"), 1, *RIGHTS).user
    Operator.objects.all().delete()
    page = staff.post(PEOPLE + "add/", {"user": user.pk})
    code = re.search(r"/start ([\w-]+)", page.content.decode())[1]
    assert "no-store" in page.headers["Cache-Control"]
    row = Operator.objects.get()
    assert code not in staff.get(f"{PEOPLE}{row.pk}/change/").content.decode()
    assert operators.link(code, telegram_id=5, name="Rita") == row


def test_whom_no_ticket_is_shown_cannot_be_linked(staff, charlie):
    page = staff.post(PEOPLE + "add/", {"user": charlie.pk})
    assert "Only staff who may see tickets can be linked." in page.content.decode()
    assert not Operator.objects.exists()


def test_a_new_code_and_unlinking_ask_first(staff, olga):
    url = f"{PEOPLE}{olga.pk}/"
    for name in ("new-code", "unlink"):
        assert "/start" not in staff.post(f"{url}{name}/").content.decode()
    assert operators.known(501) is not None
    assert "/start" in staff.post(f"{url}new-code/", {"post": "yes"}).content.decode()
    staff.post(f"{url}unlink/", {"post": "yes"})
    assert operators.known(501) is None


def test_a_test_message_says_whether_it_arrived(staff, api, chat):
    url = f"{CHATS}{chat.pk}/send-test/"
    assert "It was accepted." in said(staff.post(url))
    assert api.made("sendMessage")[0]["chat_id"] == chat.chat_id
    api.refuse("sendMessage", 400, "Bad Request: chat not found")
    assert "chat not found" in said(staff.post(url))


@pytest.mark.parametrize(("field", "value"), [("chat_id", "my chat"), ("language", "xx"), ("bot", "nobody")])
def test_nonsense_is_refused_at_its_field(staff, mailbox, field, value):
    form = {"name": "Desk", "chat_id": "-100", "language": "en", "bot": ""}
    page = staff.post(CHATS + "add/", {**form, field: value})
    assert list(page.context["adminform"].form.errors) == [field]
    assert not OperatorChat.objects.exists()


def test_outsiders_and_staff_without_the_right_see_nothing(client, chat, olga):
    paths = [
        CHATS,
        PEOPLE,
        f"{CHATS}{chat.pk}/send-test/",
        f"{PEOPLE}{olga.pk}/new-code/",
        f"{PEOPLE}{olga.pk}/unlink/",
    ]
    assert {client.post(path, {"post": "yes"}).status_code for path in paths} == {302}
    client.force_login(olga.user)
    assert {client.post(path, {"post": "yes"}).status_code for path in paths} == {403}
    assert operators.known(501) is not None


def test_the_landing_page_says_that_nobody_is_told(staff, ticket):
    assert notices(staff) == []
    escalate(ticket=ticket, reason="x")
    assert notices(staff) == ["Nobody is told of tickets that need a person"]
    OperatorChat.objects.create(name="Desk", chat_id="-1")
    assert notices(staff) == []


def test_and_that_cards_or_answers_do_not_get_through(staff, ticket, chat):
    TelegramBotState.objects.create(bot="env", error="Telegram said: 409 Conflict", checked_at=timezone.now())
    chat.bot = "6a8f0ab1-0000-7000-8000-000000000000"
    chat.save()
    escalate(ticket=ticket, reason="x")
    assert "there is no such bot" in TicketCard.objects.get().error
    assert notices(staff) == ["Tickets cannot be shown in Telegram", "What operators write in Telegram does not arrive"]
    with pytest.raises(health.Degraded, match="cards cannot be shown, answers of operators do not arrive"):
        health.telegram.__wrapped__()

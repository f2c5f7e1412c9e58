"""A ticket that needs a person is shown in the chats of its mailbox, and the card follows the ticket."""

import pytest

from integrations.models import Delivery
from integrations.outbox.choices import DeliveryState
from tests.tickets.telegram.conftest import CHAT, deliver, make_ticket, write
from tickets.choices import EventKind, TicketState
from tickets.errors import NotPossible
from tickets.escalation import escalate
from tickets.models import ChatPost, Mailbox, OperatorChat, TicketCard, TicketEvent
from tickets.services.changes import assign, set_state
from tickets.services.events import record
from tickets.telegram.cards import refresh_all

pytestmark = pytest.mark.django_db


def shown(api):
    return [message["text"] for message in api.messages.values()]


def buttons(message):
    return [[button["text"] for button in row] for row in message["reply_markup"]["inline_keyboard"]]


def test_the_card_says_what_a_person_needs_and_nothing_that_people_write_is_markup(api, chat, ticket, draft):
    escalate(ticket=ticket, reason="He is <angry>")
    deliver()
    (message,) = api.messages.values()
    assert message["chat_id"] == CHAT
    assert message["parse_mode"] == "HTML"
    for words in (
        f"<b>#{ticket.pk} The printer is on fire</b>",
        "<b>Open</b>, nobody has taken it",
        "Ivan &lt;Petrov&gt; · ivan@example.org",
        "Support · Normal",
        "<b>Why a person:</b> He is &lt;angry&gt;",
        "<blockquote>Smoke &amp; &lt;b&gt;flames&lt;/b&gt;</blockquote>",
        "<blockquote>Use &lt;water&gt; &amp; sand.</blockquote>",
    ):
        assert words in message["text"]
    assert buttons(message) == [["Take"], ["Send the draft", "Edit and send"], ["Ask for details", "Close"]]
    sizes = [len(b["callback_data"].encode()) for row in message["reply_markup"]["inline_keyboard"] for b in row]
    assert max(sizes) <= 64


def test_the_ticket_is_opened_and_says_why_once_for_a_triage(api, chat, ticket):
    escalate(ticket=ticket, reason="Nobody knows")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.escalation_reason) == (TicketState.OPEN, "Nobody knows")
    kinds = list(TicketEvent.objects.filter(ticket=ticket).values_list("kind", flat=True))
    assert kinds == [EventKind.STATE, EventKind.ESCALATED]
    assert TicketEvent.objects.get(kind=EventKind.ESCALATED).data == {"chats": ["Desk"]}


def test_a_merged_ticket_is_not_handed_over(chat, ticket, mailbox):
    ticket.state, ticket.merged_into = TicketState.MERGED, make_ticket(mailbox)
    ticket.save()
    with pytest.raises(NotPossible):
        escalate(ticket=ticket, reason="x")


def test_texts_that_are_too_long_are_cut(api, chat, mailbox):
    long = make_ticket(mailbox, subject="😀" * 900, summary="😀" * 500)
    escalate(ticket=long, reason="😀" * 400)
    deliver()
    assert len(shown(api)) == 1
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_the_card_follows_the_ticket_and_only_its_newest_state_is_sent(api, chat, ticket, olga):
    escalate(ticket=ticket, reason="x")
    deliver()
    assign(ticket, olga.user, actor=olga.user)
    set_state(ticket, TicketState.CLOSED, actor=olga.user)
    deliver()
    assert len(api.made("editMessageText")) == 1
    (message,) = api.messages.values()
    assert "✅" in message["text"]
    assert '<b>Closed</b>, with <a href="tg://user?id=501">olga</a>' in message["text"]
    assert buttons(message) == []


def test_while_a_message_is_on_its_way_no_second_one_is_made(api, chat, ticket, olga):
    escalate(ticket=ticket, reason="x")
    assign(ticket, olga.user, actor=olga.user)
    refresh_all()
    assert Delivery.objects.count() == 1
    deliver()
    assert len(api.made("editMessageText")) == 1
    assert "olga" in shown(api)[0]


def test_when_telegram_asks_for_a_pause_the_newest_state_comes_after_it(api, chat, ticket, olga):
    escalate(ticket=ticket, reason="x")
    deliver()
    api.refuse("editMessageText", 429, "Too Many Requests", retry_after=30)
    assign(ticket, olga.user, actor=olga.user)
    deliver()
    assert Delivery.objects.filter(state=DeliveryState.PENDING).count() == 1
    set_state(ticket, TicketState.CLOSED, actor=olga.user)
    Delivery.objects.update(next_attempt_at="2026-01-01T00:00:00Z")
    deliver()
    assert "Closed" in shown(api)[0]


def test_a_card_that_somebody_deleted_comes_again(api, chat, ticket, olga):
    escalate(ticket=ticket, reason="x")
    deliver()
    api.messages.clear()
    assign(ticket, olga.user, actor=olga.user)
    deliver()
    assign(ticket, None, actor=olga.user)
    deliver()
    assert len(shown(api)) == 1


def test_later_mails_come_under_the_card(api, chat, ticket):
    escalate(ticket=ticket, reason="x")
    record(ticket, EventKind.MESSAGE, message=write(ticket, "It burns <still>"))
    deliver()
    card = TicketCard.objects.get()
    post = list(api.messages.values())[-1]
    assert post["text"] == "✉️ <b>Ivan &lt;Petrov&gt; · ivan@example.org</b>\nIt burns &lt;still&gt;"
    assert post["reply_parameters"]["message_id"] == card.message_id
    assert ChatPost.objects.get().message_id == post["message_id"]


def test_mailboxes_have_chats_and_topics_of_their_own(api, chat, mailbox):
    sales = Mailbox.objects.create(name="Sales", address="sales@example.com")
    OperatorChat.objects.create(name="Sales", chat_id="-100300", thread_id=5, mailbox=sales, language="ru")
    escalate(ticket=make_ticket(sales), reason="x")
    escalate(ticket=make_ticket(mailbox), reason="x")
    deliver()
    first, second = api.made("sendMessage")
    assert (first["chat_id"], first["message_thread_id"]) == ("-100300", 5)
    assert (second["chat_id"], "message_thread_id" in second) == (CHAT, False)


def test_the_chat_of_the_settings_is_made_when_it_is_needed(api, ticket, settings):
    settings.TELEGRAM_CHAT_ID = "-100777"
    escalate(ticket=ticket, reason="x")
    deliver()
    assert OperatorChat.objects.get().chat_id == "-100777"
    assert [call["chat_id"] for call in api.made("sendMessage")] == ["-100777"]


def test_without_a_chat_the_ticket_says_that_nobody_was_told(ticket):
    event = escalate(ticket=ticket, reason="x")
    assert event.data == {"chats": [], "untold": "no_chat"}
    assert not TicketCard.objects.exists()


def test_a_group_that_became_a_supergroup_is_remembered(api, chat, ticket):
    api.refuse("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100999)
    escalate(ticket=ticket, reason="x")
    deliver()
    chat.refresh_from_db()
    assert chat.chat_id == "-100999"

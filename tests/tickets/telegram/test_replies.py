"""What operators write under a card: to the customer, or for the house only."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from integrations.models import Delivery
from tests.tickets.telegram.conftest import deliver, write
from tickets.choices import EventKind, MessageKind, TicketState
from tickets.models import BusinessHours, ChatPost, TelegramUpdate
from tickets.services.changes import assign, set_state
from tickets.services.events import record
from tickets.telegram import updates

pytestmark = pytest.mark.django_db


def of_kind(ticket, kind):
    return list(ticket.messages.filter(kind=kind).order_by("pk"))


def test_an_answer_to_the_card_goes_to_the_customer_by_mail(desk, card, ticket, olga):
    desk.reply(501, "Leave the room & call 112.")
    (answer,) = of_kind(ticket, MessageKind.ANSWER)
    assert (answer.text, answer.author, answer.to) == ("Leave the room & call 112.", olga.user, ["ivan@example.org"])
    assert Delivery.objects.get(kind="mail").payload["to"] == ["ivan@example.org"]
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (TicketState.ANSWERED, olga.user)
    assert "<b>Answered</b>" in next(iter(desk.api.messages.values()))["text"]
    assert desk.last()["text"] == "✅ On its way to ivan@example.org."


def test_so_does_one_to_a_later_mail_under_the_card(desk, card, ticket, olga):
    record(ticket, EventKind.MESSAGE, message=write(ticket, "Hello?"))
    deliver()
    desk.reply(501, "We are coming.", to=desk.last())
    assert [answer.text for answer in of_kind(ticket, MessageKind.ANSWER)] == ["We are coming."]


@pytest.mark.parametrize("text", ["# ring him", "#ring him", "/note ring him", "/note@desk_bot ring him"])
def test_notes_stay_in_the_house(desk, card, ticket, olga, pavel, text):
    assign(ticket, pavel.user, actor=pavel.user)
    desk.reply(501, text)
    assert [(note.text, note.author) for note in of_kind(ticket, MessageKind.NOTE)] == [("ring him", olga.user)]
    assert not Delivery.objects.filter(kind="mail").exists()
    ticket.refresh_from_db()
    assert ticket.assignee == pavel.user


@pytest.mark.parametrize("text", ["", "#", "/note"])
def test_nothing_is_sent_where_nothing_was_written(desk, card, ticket, olga, text):
    desk.reply(501, text)
    assert ticket.messages.count() == 1
    assert desk.last()["text"] == "⚠️ The text is empty."


def test_an_answer_to_a_ticket_that_another_has_taken_does_not_leave(desk, card, ticket, olga, pavel):
    assign(ticket, pavel.user, actor=pavel.user)
    desk.reply(501, "Mine")
    assert of_kind(ticket, MessageKind.ANSWER) == []
    assert desk.last()["text"] == "⚠️ pavel has taken this ticket."


def test_files_are_sent_along(desk, card, ticket, olga, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    desk.api.files["F1"] = b"%PDF plan"
    document = {"file_id": "F1", "file_name": "plan.pdf", "mime_type": "application/pdf", "file_size": 9}
    desk.reply(501, "", caption="The way out", document=document)
    (answer,) = of_kind(ticket, MessageKind.ANSWER)
    (file,) = answer.attachments.all()
    assert (answer.text, file.name, file.content_type) == ("The way out", "plan.pdf", "application/pdf")
    assert default_storage.open(file.path).read() == b"%PDF plan"


def test_of_a_photo_the_biggest_and_without_words_its_name(desk, card, ticket, olga, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    desk.api.files |= {"S": b"small", "L": b"large one"}
    desk.reply(501, "", photo=[{"file_id": "S", "file_size": 5}, {"file_id": "L", "file_size": 9}])
    (answer,) = of_kind(ticket, MessageKind.ANSWER)
    assert answer.text == "📎 photo.jpg"
    assert [file.size for file in answer.attachments.all()] == [9]


@pytest.mark.parametrize("told", [True, False])
def test_files_that_are_too_big_are_refused_aloud(desk, card, ticket, olga, settings, told):
    settings.TELEGRAM_MAX_FILE_BYTES = 10
    desk.api.files["F1"] = b"x" * 11
    size = {"file_size": 11} if told else {}
    desk.reply(501, "", document={"file_id": "F1", **size})
    assert of_kind(ticket, MessageKind.ANSWER) == []
    assert desk.last()["text"] == "⚠️ The files are too big to be sent by mail."


def test_a_file_that_telegram_does_not_give_out_is_told(desk, card, ticket, olga):
    desk.reply(501, "Look", document={"file_id": "gone"})
    assert desk.last()["text"] == "⚠️ Telegram does not give this file out."


def test_an_album_is_one_answer(desk, card, ticket, olga, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    desk.api.files |= {"A": b"a", "B": b"b"}
    received = [
        desk.replied(501, "", media_group_id="g1", photo=[{"file_id": name}], **({"caption": "Two"} if first else {}))
        for name, first in (("A", True), ("B", False))
    ]
    desk.work(*received)
    assert of_kind(ticket, MessageKind.ANSWER) == []
    earlier = timezone.now() - timedelta(seconds=5)
    TelegramUpdate.objects.update(created_at=earlier, lease_until=earlier)
    updates.handle_due()
    (answer,) = of_kind(ticket, MessageKind.ANSWER)
    assert (answer.text, answer.attachments.count()) == ("Two", 2)
    assert not TelegramUpdate.objects.filter(handled_at=None).exists()


def test_a_reply_that_comes_before_we_know_our_own_message_waits_for_it(desk, card, ticket, olga):
    number = card.message_id
    card.message_id = None
    card.save()
    desk.reply(501, "Quick")
    assert of_kind(ticket, MessageKind.ANSWER) == []
    card.message_id = number
    card.save()
    TelegramUpdate.objects.update(lease_until=None)
    updates.handle_due()
    assert [answer.text for answer in of_kind(ticket, MessageKind.ANSWER)] == ["Quick"]


def test_what_is_said_in_the_chat_beside_cards_is_nobodys_business(desk, card, ticket, olga):
    chat = {"id": -100200, "type": "supergroup"}
    opened = {"message_id": 3, "forum_topic_created": {"name": "Support"}, "from": desk.person(501)}
    for more in ({}, {"reply_to_message": opened}, {"reply_to_message": {"message_id": 4, "from": desk.person(5)}}):
        message = {"message_id": 900, "from": desk.person(501), "chat": chat, "text": "Lunch?", **more}
        desk.work(desk.api.feed(message=message))
    assert ticket.messages.count() == 1
    assert len(desk.api.made("sendMessage")) == 1


def test_when_it_cannot_be_done_at_all_the_operator_hears_of_it(desk, card, ticket, olga, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a defect")

    monkeypatch.setattr("tickets.telegram.replies.send_answer", broken)
    desk.reply(501, "Hello")
    for _attempt in range(updates.MOST_ATTEMPTS):
        TelegramUpdate.objects.update(lease_until=None)
        updates.handle_due()
    deliver()
    assert desk.last()["text"] == "⚠️ This could not be done. Please do it in the back office."
    assert TelegramUpdate.objects.get().error == "RuntimeError"


def test_what_people_wrote_is_not_kept_twice(desk, card, ticket, olga):
    desk.reply(501, "Personal words")
    assert TelegramUpdate.objects.get().payload == {}
    TelegramUpdate.objects.update(handled_at=timezone.now() - timedelta(days=4))
    assert updates.prune() == 1


def test_the_numbers_of_a_chat_are_told_to_operators_only(desk, card, olga):
    chat = {"id": -100200, "type": "supergroup"}
    topic = {"chat": chat, "text": "/id", "message_thread_id": 7, "is_topic_message": True}
    desk.work(desk.api.feed(message={"message_id": 900, "from": desk.person(999), **topic}))
    assert len(desk.api.made("sendMessage")) == 1
    desk.work(desk.api.feed(message={"message_id": 901, "from": desk.person(501), **topic}))
    told = desk.last()
    assert (told["text"], told["message_thread_id"]) == ("Chat: <code>-100200</code>\nTopic: <code>7</code>", 7)


# Reminders


def due(ticket, minutes):
    ticket.due_at = timezone.now() + timedelta(minutes=minutes)
    ticket.save()
    return ticket


def test_a_date_that_comes_near_rings_at_whoever_has_the_ticket_once(desk, card, ticket, olga):
    assign(ticket, olga.user, actor=olga.user)
    event = record(due(ticket, 20), EventKind.SLA_WARNING)
    deliver()
    assert f"⏰ <b>#{ticket.pk} " in desk.last()["text"]
    assert 'href="tg://user?id=501"' in desk.last()["text"]
    assert desk.last()["reply_parameters"]["message_id"] == card.message_id
    deliver()
    record(due(ticket, -5), EventKind.SLA_BREACHED)
    deliver()
    assert "🔥" in desk.last()["text"]
    assert ChatPost.objects.filter(event=event).count() == 1
    assert ChatPost.objects.count() == 2


def test_nobody_is_woken_outside_of_office_hours_nor_for_what_is_done_by_then(desk, card, ticket, olga):
    today = timezone.now().strftime("%a").lower()
    closed = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") if day != today}
    hours = BusinessHours.objects.create(name="Office", time_zone="UTC", week=closed)
    ticket.mailbox.hours = hours
    ticket.mailbox.save()
    record(due(ticket, 20), EventKind.SLA_WARNING)
    deliver()
    post = ChatPost.objects.get()
    assert post.not_before.strftime("%H:%M") == "09:00"
    assert len(desk.api.messages) == 1
    set_state(ticket, TicketState.CLOSED, actor=olga.user)
    ChatPost.objects.update(not_before=timezone.now())
    deliver()
    assert len(desk.api.messages) == 1
    post.refresh_from_db()
    assert post.dropped

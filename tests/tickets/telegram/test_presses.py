"""Buttons do what the desk's services do for the person who presses, once, and say what became of it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from integrations.models import Delivery
from tests.conftest import make_user
from tests.tickets.telegram.conftest import RIGHTS, deliver, make_operator, make_ticket
from tickets.answers import propose_draft
from tickets.choices import DraftState, MessageKind, TicketState
from tickets.models import Draft, Operator, OperatorPrompt, TicketEvent
from tickets.services.changes import set_state
from tickets.telegram import operators, updates
from tickets.telegram.buttons import Action, Press, callback_data, read

pytestmark = pytest.mark.django_db


def answers(ticket):
    return list(ticket.messages.filter(kind=MessageKind.ANSWER).order_by("pk"))


def test_who_takes_a_ticket_has_it_and_everybody_sees_it(desk, card, ticket, olga, pavel):
    assert desk.press(501, "Take") == "It is yours."
    ticket.refresh_from_db()
    assert ticket.assignee == olga.user
    message = next(iter(desk.api.messages.values()))
    assert "olga" in message["text"]
    assert "Take" not in str(message["reply_markup"])
    event = TicketEvent.objects.filter(kind="assigned").get()
    assert (event.actor, event.by) == (olga.user, "person")


@pytest.mark.parametrize("button", ["Take", "Send the draft", "Edit and send", "Ask for details", "Close"])
def test_who_comes_second_is_told_who_was_first(desk, card_with_draft, ticket, olga, pavel, button):
    card = desk.pressed(501, "Take")["callback_query"]["message"].copy()
    desk.press(501, "Take", card)
    assert desk.press(502, button, card) == "olga has taken this ticket."
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state, answers(ticket)) == (olga.user, TicketState.OPEN, [])
    assert not OperatorPrompt.objects.exists()


def test_a_draft_is_sent_once_however_often_it_is_pressed(desk, card_with_draft, draft, ticket, olga):
    shown = next(iter(desk.api.messages.values())).copy()
    assert desk.press(501, "Send the draft", shown) == "The draft is on its way to the customer."
    assert desk.press(501, "Send the draft", shown) == "The draft has been dealt with already."
    draft.refresh_from_db()
    assert (draft.state, draft.reviewer) == (DraftState.APPROVED, olga.user)
    assert [answer.text for answer in answers(ticket)] == ["Use <water> & sand."]
    assert Delivery.objects.filter(kind="mail").count() == 1
    message = next(iter(desk.api.messages.values()))
    assert message["text"].startswith("✅")


def test_only_the_draft_that_was_read_is_sent(desk, card_with_draft, ticket, olga):
    shown = next(iter(desk.api.messages.values())).copy()
    propose_draft(ticket=ticket, in_answer_to=ticket.messages.first(), text="Something else")
    assert desk.press(501, "Send the draft", shown) == "The draft has changed: read the card again."
    assert answers(ticket) == []
    assert "Something else" in next(iter(desk.api.messages.values()))["text"]


def test_edit_and_send_asks_the_operator_and_sends_what_he_writes(desk, card_with_draft, draft, ticket, olga):
    assert desk.press(501, "Edit and send") == "Answer to the message below."
    question = desk.last()
    assert question["reply_markup"] == {"force_reply": True, "selective": True}
    assert "<pre>Use &lt;water&gt; &amp; sand.</pre>" in question["text"]
    assert '<a href="tg://user?id=501">olga</a>' in question["text"]
    desk.reply(501, "Use foam.", to=question)
    draft.refresh_from_db()
    assert (draft.state, draft.final_text) == (DraftState.EDITED, "Use foam.")
    assert [answer.text for answer in answers(ticket)] == ["Use foam."]
    assert desk.last()["text"] == "✅ On its way to ivan@example.org."


def test_a_question_for_details_leaves_the_ticket_waiting(desk, card, ticket, olga):
    desk.press(501, "Ask for details")
    desk.reply(501, "Which printer?", to=desk.last())
    ticket.refresh_from_db()
    assert ticket.state == TicketState.WAITING
    (answer,) = answers(ticket)
    assert (answer.text, answer.answer_kind, answer.author) == ("Which printer?", "question", olga.user)


def test_a_question_is_asked_and_answered_once(desk, card, ticket, olga, pavel):
    desk.press(501, "Ask for details")
    question = desk.last()
    assert desk.press(501, "Ask for details").startswith("You have been asked already")
    desk.reply(502, "Mine", to=question)
    desk.reply(501, "First", to=question)
    desk.reply(501, "Second", to=question)
    assert [answer.text for answer in answers(ticket)] == ["First"]
    assert desk.last()["text"] == "⚠️ It has been sent already."


def test_a_question_lapses(desk, card, ticket, olga):
    desk.press(501, "Ask for details")
    OperatorPrompt.objects.update(expires_at=timezone.now())
    desk.reply(501, "Too late", to=desk.last())
    assert answers(ticket) == []
    assert desk.last()["text"] == "⚠️ This question has lapsed: press the button again."


def test_a_ticket_is_closed(desk, card, ticket, olga):
    assert desk.press(501, "Close") == "Closed."
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (TicketState.CLOSED, olga.user)


def _stranger(name):
    make_user("zoe")


def _no_right(name):
    make_operator(make_user("zoe"), 777, "view_ticket")


def _elsewhere(mailbox):
    from django.contrib.auth.models import Group

    mailbox.groups.add(Group.objects.create(name="Others"))
    make_operator(make_user("zoe"), 777, *RIGHTS)


def _left(mailbox):
    row = make_operator(make_user("zoe"), 777, *RIGHTS)
    User.objects.filter(pk=row.user_id).update(is_active=False)


def _no_staff(mailbox):
    row = make_operator(make_user("zoe"), 777, *RIGHTS)
    User.objects.filter(pk=row.user_id).update(is_staff=False)


@pytest.mark.parametrize("who", [_stranger, _no_right, _elsewhere, _left, _no_staff])
@pytest.mark.parametrize("button", ["Take", "Send the draft", "Ask for details", "Close"])
def test_outsiders_change_nothing(desk, card_with_draft, ticket, mailbox, who, button):
    before = TicketEvent.objects.count()
    who(mailbox)
    words = desk.press(777, button)
    assert words.startswith(("You may not answer", "This is for the support team"))
    desk.reply(777, "Let me in")
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state) == (None, TicketState.OPEN)
    assert TicketEvent.objects.count() == before
    assert answers(ticket) == []


def test_rights_are_looked_at_again_at_every_press(desk, card, ticket, olga):
    desk.press(501, "Take")
    olga.user.user_permissions.clear()
    assert desk.press(501, "Close") == "You may not answer this ticket."


@pytest.mark.parametrize(
    "data", ["", "take", "take:1::0000000000000000", "x:y:z:w", "close:1::", None, "take:1:\x00:é", "a" * 64]
)
def test_what_is_not_a_button_of_ours_does_nothing(desk, card, ticket, olga, data):
    assert read(data) is None
    query = {"id": "q", "from": desk.person(501), "data": data, "message": desk.last()}
    desk.work(desk.api.feed(callback_query=query))
    assert desk.api.made("answerCallbackQuery")[-1]["text"] == "This button is out of date."


def test_a_button_cannot_be_turned_to_another_ticket(ticket, mailbox):
    other = make_ticket(mailbox)
    signed = callback_data(Press(Action.CLOSE, ticket.pk))
    assert read(signed) == Press(Action.CLOSE, ticket.pk)
    assert read(signed.replace(f":{ticket.pk}:", f":{other.pk}:")) is None
    assert read(signed.replace("close", "take")) is None


def test_an_update_counts_once(desk, card, ticket, olga):
    received = desk.pressed(501, "Take")
    desk.work(received)
    set_state(ticket, TicketState.ANSWERED)
    desk.work(received)
    assert len(desk.api.made("answerCallbackQuery")) == 1


def test_a_press_that_telegram_does_not_let_us_answer_was_made_all_the_same(desk, card, ticket, olga):
    desk.api.refuse("answerCallbackQuery", 400, "Bad Request: query is too old")
    desk.work(desk.pressed(501, "Take"))
    ticket.refresh_from_db()
    assert ticket.assignee == olga.user


@pytest.mark.django_db(transaction=True)
def test_operators_who_press_at_the_same_moment_do_not_collide(desk, card_with_draft, ticket):
    """Eight of them, the same draft, eight workers: one answer."""
    people = [make_operator(make_user(f"op{number}"), 600 + number, *RIGHTS) for number in range(8)]
    shown = next(iter(desk.api.messages.values())).copy()
    received = [desk.pressed(person.telegram_id, "Send the draft", shown) for person in people]
    updates.store("env", received)
    barrier = threading.Barrier(len(people))

    def work(_number):
        barrier.wait(60)
        try:
            updates.handle_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as threads:
        for done in [threads.submit(work, number) for number in range(len(people))]:
            done.result(120)
    deliver()
    assert len(answers(ticket)) == 1
    assert Draft.objects.get().state == DraftState.APPROVED
    texts = [call["text"] for call in desk.api.made("answerCallbackQuery")]
    assert len(texts) == len(people)
    assert texts.count("The draft is on its way to the customer.") == 1


# Who is who


def test_a_code_links_once_and_in_private_only(desk, card, ticket):
    user = make_operator(make_user("rita"), 0, *RIGHTS).user
    Operator.objects.update(telegram_id=None)
    code = operators.new_code(user)
    desk.reply(888, f"/start {code}")
    assert operators.known(888) is None
    desk.tell(888, f"/start {code}")
    assert Operator.objects.get(telegram_id=888).user == user
    assert desk.last()["text"].startswith("You are rita.")
    desk.tell(889, f"/start {code}")
    assert desk.last()["text"].startswith("This code is not good any more.")
    assert operators.known(889) is None
    assert desk.press(888, "Take") == "It is yours."


def test_a_code_lapses_and_a_new_one_replaces_it(desk):
    user = make_operator(make_user("rita"), 0, *RIGHTS).user
    first, second = operators.new_code(user), operators.new_code(user)
    assert operators.link(first, telegram_id=1, name="") is None
    Operator.objects.update(code_until=timezone.now())
    assert operators.link(second, telegram_id=1, name="") is None


def test_strangers_hear_how_to_link_and_not_with_every_message(desk, card):
    for _number in range(3):
        desk.tell(999, "Hello?")
        desk.tell(999, "/start")
        desk.reply(999, "I want to answer")
    private = [call for call in desk.api.made("sendMessage") if call["chat_id"] == "999"]
    assert 1 <= len(private) <= 2
    assert "/start" in private[0]["text"]

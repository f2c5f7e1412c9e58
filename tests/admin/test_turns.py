"""The list of answers, an answer's timeline, and stopping it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.choices import TurnState
from chat.models import Conversation, Turn
from tests.admin.conftest import ask

Staff = Callable[..., Client]
LIST = "/admin/chat/turn/"


@pytest.fixture
def running(conversation: Conversation) -> Turn:
    return ask(conversation, state=TurnState.RUNNING)


def page_of(client: Client, turn: Turn) -> str:
    return client.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()


def stop(client: Client, turn: Turn) -> Any:
    return client.post(reverse("admin:chat_turn_stop_answer", args=[turn.pk]), {"_form_submitted": "True"})


def wants_to_stop(turn: Turn) -> bool:
    turn.refresh_from_db()
    return bool(turn.stop_requested)


def test_the_timeline_says_what_happened_when(admin: Client, conversation: Conversation) -> None:
    turn = ask(conversation, state=TurnState.FAILED, worker="host:17", error_text="No answer.", error_code="x1")
    page = page_of(admin, turn)
    for text in ("Asked", "Taken by a worker", "320 ms", "Finished", "host:17", "No answer.", "x1", "Failed"):
        assert text in page, text
    assert reverse("admin:chat_conversation_change", args=[conversation.pk]) in page


def test_a_running_answer_is_stopped_after_a_question(admin: Client, running: Turn) -> None:
    dialog = admin.get(reverse("admin:chat_turn_stop_answer", args=[running.pk])).content.decode()
    assert "The text written so far is kept" in dialog
    assert not wants_to_stop(running)
    assert stop(admin, running).headers["HX-Redirect"] == reverse("admin:chat_turn_change", args=[running.pk])
    assert wants_to_stop(running)


def test_stop_is_offered_only_while_an_answer_is_written(admin: Client, running: Turn) -> None:
    url = reverse("admin:chat_turn_stop_answer", args=[running.pk])
    assert url in page_of(admin, running)
    Turn.objects.update(state=TurnState.DONE)
    assert url not in page_of(admin, running)
    stop(admin, running)
    assert not wants_to_stop(running)


def test_several_are_stopped_after_one_question(admin: Client, running: Turn, bob: User) -> None:
    waiting = ask(Conversation.objects.create(owner=bob, title="Holidays"), state=TurnState.PENDING)
    chosen = {"action": "stop_selected", "_selected_action": [str(turn.pk) for turn in Turn.objects.all()]}
    question = admin.post(LIST, chosen).content.decode()
    assert "Holidays" in question
    assert not wants_to_stop(running)
    admin.post(LIST, {**chosen, "post": "yes"})
    assert wants_to_stop(running)
    assert wants_to_stop(waiting)
    assert Turn.objects.filter(stop_requested=True).count() == 2


def test_stopping_what_has_ended_says_so(admin: Client, conversation: Conversation) -> None:
    chosen = {"action": "stop_selected", "_selected_action": [str(Turn.objects.get().pk)]}
    page = admin.post(LIST, chosen, follow=True).content.decode()
    assert "None of the selected answers is being written." in page


def test_stopping_needs_the_permission(staff: Staff, running: Turn) -> None:
    client = staff("chat.view_turn")
    assert stop(client, running).status_code == 403
    assert "stop_selected" not in client.get(LIST).content.decode()
    assert not wants_to_stop(running)


def test_turns_are_neither_changed_nor_deleted(admin: Client, running: Turn) -> None:
    assert admin.post(f"{LIST}{running.pk}/change/", {"state": "done"}).status_code == 403
    assert admin.post(f"{LIST}{running.pk}/delete/", {"post": "yes"}).status_code == 403
    running.refresh_from_db()
    assert running.state == TurnState.RUNNING


def test_the_callers_own_key_is_never_shown(admin: Client, running: Turn) -> None:
    Turn.objects.update(sealed_key="v1:abcd1234:c2VhbGVk")
    assert "c2VhbGVk" not in page_of(admin, running) + admin.get(LIST).content.decode()

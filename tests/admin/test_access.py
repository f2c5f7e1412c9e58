"""Who gets in, and how far."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation
from tests.conftest import PASSWORD, make_user

Staff = Callable[..., Client]
LOGIN = "/admin/login/"


@pytest.mark.parametrize("name", ["chat_conversation_messages", "integrations_usagerecord_chart"])
def test_own_pages_ask_for_permission_too(staff: Staff, conversation: Conversation, name: str) -> None:
    args = [conversation.pk] if "conversation" in name else []
    assert staff().get(reverse(f"admin:{name}", args=args)).status_code == 403


def test_the_preview_asks_for_permission(staff: Staff) -> None:
    client = staff("knowledge.view_document")
    assert client.post(reverse("admin:knowledge_document_preview"), {"body": "# x"}).status_code == 403


def test_readers_read_and_nothing_more(staff: Staff, conversation: Conversation) -> None:
    client = staff("chat.view_conversation")
    page = reverse("admin:chat_conversation_change", args=[conversation.pk])
    assert client.get(page).status_code == 200
    assert "erase" not in client.get(page).content.decode()
    erase = reverse("admin:chat_conversation_delete_conversation", args=[conversation.pk])
    assert client.post(erase, {"_form_submitted": "True"}).status_code == 403
    assert Conversation.objects.filter(pk=conversation.pk).exists()


def test_the_sidebar_lists_what_one_may_open(staff: Staff) -> None:
    page = staff("chat.view_turn").get("/admin/").content.decode()
    assert reverse("admin:chat_turn_changelist") in page
    assert reverse("admin:accounts_user_changelist") not in page


def test_staff_log_in_with_name_or_address_and_land_on_the_landing_page(dana: User) -> None:
    for login in ("dana", "Dana@Example.com"):
        client = Client()
        form = client.get(LOGIN).content.decode()
        assert 'name="next" value="/admin/"' in form
        response = client.post(LOGIN, {"username": login, "password": PASSWORD, "next": "/admin/"})
        assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_the_address_works_without_its_last_slash(admin: Client) -> None:
    assert admin.get("/admin").headers["Location"] == "/admin/"


def test_people_who_are_no_staff_do_not_log_in_here(charlie: User) -> None:
    response = Client().post(LOGIN, {"username": "charlie", "password": PASSWORD})
    assert response.status_code == 200
    assert "sessionid" not in response.cookies


def test_wrong_passwords_lock_the_login(dana: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    client = Client()
    for _ in range(3):
        response = client.post(LOGIN, {"username": "dana", "password": "wrong"})
    assert response.status_code == 429
    assert client.post(LOGIN, {"username": "dana", "password": PASSWORD}).status_code == 429


def test_a_deactivated_administrator_is_out_at_once(admin: Client, dana: User) -> None:
    make_user("erin", role="ADMIN", is_staff=True, is_superuser=True)
    User.objects.filter(pk=dana.pk).update(is_active=False)
    assert admin.get("/admin/").status_code == 302

"""API keys, access tokens and visitors: shown once or never, revoked for good."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AccessToken, AnonymousSubscriber, ApiKey, User
from accounts.services.keys import create_api_key
from accounts.services.resolve import InvalidCredential, authenticate_api_key, authenticate_bearer
from accounts.services.tokens import issue_user_token, issue_visitor_token
from chat.models import Conversation

Staff = Callable[..., Client]
KEYS = "/admin/accounts/apikey/"
TOKENS = "/admin/accounts/accesstoken/"
CONFIRMED = {"_form_submitted": "True"}


def new_key(client: Client, holder: User, **fields: Any) -> Any:
    form = {"user": holder.pk, "name": "n8n", "scopes": ["chat:read", "chat:write"]}
    return client.post(f"{KEYS}add/", {**form, "expires_at_0": "", "expires_at_1": "", **fields})


def test_a_new_key_is_shown_once_and_works(admin: Client, alice: User, api: APIClient) -> None:
    response = new_key(admin, alice)
    raw = response.context["key"]
    assert raw in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    user, row = authenticate_api_key(raw)
    assert (user, row.name, row.scopes) == (alice, "n8n", ["chat:read", "chat:write"])
    for url in (KEYS, f"{KEYS}{row.pk}/change/", f"{KEYS}{row.pk}/history/", "/admin/"):
        page = admin.get(url).content.decode()
        assert raw not in page
        assert raw.rpartition("_")[2] not in page
        assert row.digest not in page


def test_a_key_needs_a_name_and_a_scope_and_a_future(admin: Client, alice: User) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    for fields in ({"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"user": 0},
                   {"expires_at_0": f"{yesterday}", "expires_at_1": "12:00"}):  # fmt: skip
        assert new_key(admin, alice, **fields).status_code == 200, fields
    assert not ApiKey.objects.exists()


def test_a_key_may_end_by_itself(admin: Client, alice: User) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    new_key(admin, alice, expires_at_0=f"{tomorrow}", expires_at_1="12:00")
    assert ApiKey.objects.get().expires_at is not None


def test_clerks_make_keys_for_themselves_alone(staff: Staff, dana: User) -> None:
    client = staff("accounts.view_apikey", "accounts.add_apikey")
    assert new_key(client, dana).status_code == 200
    assert not ApiKey.objects.exists()
    assert new_key(client, User.objects.get(username="clerk")).context["key"]


def test_a_key_is_revoked_after_a_question(admin: Client, alice: User) -> None:
    raw, row = create_api_key(alice, name="n8n", scopes=["chat:read"])
    url = f"{KEYS}{row.pk}/revoke/"
    assert "cannot be undone" in admin.get(url).content.decode()
    authenticate_api_key(raw)
    admin.post(url, CONFIRMED)
    with pytest.raises(InvalidCredential):
        authenticate_api_key(raw)
    assert "Revoked" in admin.get(KEYS).content.decode()


def test_keys_do_not_change(admin: Client, alice: User) -> None:
    _, row = create_api_key(alice, name="n8n", scopes=["chat:read"])
    assert admin.post(f"{KEYS}{row.pk}/change/", {"name": "x", "scopes": ["users:write"]}).status_code == 403
    row.refresh_from_db()
    assert row.scopes == ["chat:read"]


def test_tokens_are_revoked_one_by_one_and_together(admin: Client, alice: User) -> None:
    first, second, third = (issue_user_token(alice) for _ in range(3))
    row = AccessToken.objects.order_by("pk").first()
    assert row is not None
    admin.post(f"{TOKENS}{row.pk}/revoke/", CONFIRMED)
    with pytest.raises(InvalidCredential):
        authenticate_bearer(first)
    authenticate_bearer(second)
    keys = [str(pk) for pk in AccessToken.objects.values_list("pk", flat=True)]
    chosen = {"action": "revoke_selected", "_selected_action": keys}
    assert "alice" in admin.post(TOKENS, chosen).content.decode()
    authenticate_bearer(third)
    admin.post(TOKENS, {**chosen, "post": "yes"})
    for raw in (second, third):
        with pytest.raises(InvalidCredential):
            authenticate_bearer(raw)


def test_revoking_needs_the_permission(staff: Staff, alice: User) -> None:
    raw = issue_user_token(alice)
    client = staff("accounts.view_accesstoken")
    assert client.post(f"{TOKENS}{AccessToken.objects.get().pk}/revoke/", CONFIRMED).status_code == 403
    authenticate_bearer(raw)


def test_no_page_shows_a_token_or_its_digest(admin: Client, alice: User) -> None:
    raw = issue_user_token(alice)
    row = AccessToken.objects.get()
    page = admin.get(TOKENS).content.decode() + admin.get(f"{TOKENS}{row.pk}/change/").content.decode()
    assert raw not in page
    assert row.digest not in page


def test_states_are_told_apart(admin: Client, alice: User) -> None:
    issue_user_token(alice)
    issue_user_token(alice)
    AccessToken.objects.filter(pk=AccessToken.objects.order_by("pk")[0].pk).update(
        expires_at=timezone.now() - timedelta(days=1)
    )
    for state, expected in (("usable", 1), ("expired", 1), ("revoked", 0)):
        assert admin.get(TOKENS, {"state": state}).context["cl"].result_count == expected


def test_visitors_are_listed_with_their_conversations(admin: Client) -> None:
    visitor = AnonymousSubscriber.objects.create()
    issue_visitor_token(visitor)
    Conversation.objects.create(visitor=visitor)
    page = admin.get("/admin/accounts/anonymoussubscriber/")
    assert f"Visitor {str(visitor.pk)[:8]}" in page.content.decode()
    assert page.context["cl"].result_list[0].conversation_count == 1

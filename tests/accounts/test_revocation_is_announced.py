"""Open sockets learn that their credential has ended."""

from unittest.mock import AsyncMock

import pytest

from accounts.models import AccessToken
from accounts.services import tokens
from accounts.services.keys import create_api_key, revoke_api_key
from accounts.services.tokens import issue_user_token, revoke_token
from accounts.services.users import deactivate_user

pytestmark = pytest.mark.django_db
MESSAGE = {"type": "credential.revoked"}


@pytest.fixture
def layer(monkeypatch):
    layer = AsyncMock()
    monkeypatch.setattr(tokens, "get_channel_layer", lambda: layer)
    return layer


def test_after_commit_the_group_of_the_token_is_told(alice, layer, django_capture_on_commit_callbacks):
    issue_user_token(alice)
    token = AccessToken.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        revoke_token(token)
        layer.group_send.assert_not_called()
    layer.group_send.assert_awaited_once_with(f"token.{token.pk}", MESSAGE)


def test_nothing_is_told_about_a_token_that_had_ended(alice, layer, django_capture_on_commit_callbacks):
    issue_user_token(alice)
    token = AccessToken.objects.get()
    revoke_token(token)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        revoke_token(token)
    assert callbacks == []


def test_a_deactivated_users_tokens_and_keys_are_told(alice, layer, django_capture_on_commit_callbacks):
    issue_user_token(alice)
    _raw, key = create_api_key(alice, name="ci", scopes=["chat:read"])
    with django_capture_on_commit_callbacks(execute=True):
        deactivate_user(alice)
    groups = {call.args[0] for call in layer.group_send.await_args_list}
    assert groups == {f"token.{AccessToken.objects.get().pk}", f"key.{key.pk}"}


def test_a_layer_that_is_down_does_not_undo_the_revocation(alice, layer, django_capture_on_commit_callbacks):
    layer.group_send.side_effect = ConnectionError
    _raw, key = create_api_key(alice, name="ci", scopes=["chat:read"])
    with django_capture_on_commit_callbacks(execute=True):
        assert revoke_api_key(key) is True
    key.refresh_from_db()
    assert key.revoked_at is not None
